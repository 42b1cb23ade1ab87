package cataloging_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/objectkey"
)

func TestFaultFailsTheMessagesThatNeedIt(t *testing.T) {
	for name, tc := range map[string]struct {
		call    string
		refused limnograph.Code
		codes   []limnograph.Code
	}{
		"store unavailable for one object": {"stat landing/metrics/ebs_metrics/sender=a/", "unavailable", []limnograph.Code{"unavailable", "", "", "unavailable"}},
		"definition unreadable":            {"open schemas/ebs_metrics.yaml", "forbidden", []limnograph.Code{"forbidden", "forbidden", "", "forbidden"}},
		"table throttled":                  {"ensure ebs_metrics", "unavailable", []limnograph.Code{"unavailable", "unavailable", "", "unavailable"}},
		"partitions throttled":             {"add ebs_metrics", "unavailable", []limnograph.Code{"unavailable", "unavailable", "", "unavailable"}},
		"one partition refused for good":   {"b@24T12", "invalid", []limnograph.Code{"", "invalid", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLake(t, cataloging.HandlerConfig{})
			l.write(ebsFile, ebsSchema)
			messages := [][]limnograph.ObjectEvent{
				message(l.put("ebs_metrics", "a", noon)), message(l.put("ebs_metrics", "b", noon)), message(l.put("glue_metrics", "a", noon)),
			}
			messages = append(messages, append(message(l.put("glue_metrics", "c", noon)), messages[0]...))
			l.refusing(tc.refused, tc.call)
			errs, _ := l.handler.Catalogue(t.Context(), messages)
			for i, want := range tc.codes {
				if got := limnograph.ErrorCode(errs[i]); got != want {
					t.Errorf("message %d: %v, want %q", i, errs[i], want)
				}
			}
			l.refuse = nil
			errs, counts := l.handler.Catalogue(t.Context(), messages)
			if counts.Failed != 0 {
				t.Errorf("afterwards: %v", errs)
			}
			l.wantPartitions("ebs_metrics a@24T12", "ebs_metrics b@24T12", "glue_metrics a@24T12", "glue_metrics c@24T12")
		})
	}
}

// A message that needs two tables, both of which fail, says both.
func TestMessageNamesAllItsFailures(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	errs, _ := l.handler.Catalogue(t.Context(), [][]limnograph.ObjectEvent{
		message(l.put("ebs_metrics", "a", noon), l.put("s3_metrics", "a", noon)),
	})
	for _, words := range []string{"ebs_metrics.yaml", "s3_metrics.yaml"} {
		if !strings.Contains(fmt.Sprint(errs[0]), words) {
			t.Errorf("%v does not say %q", errs[0], words)
		}
	}
}

// One that tells of many objects says a few reasons, and each once.
func TestMessageDoesNotRepeatItself(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	var undefined, refused []string
	for i := range 100 {
		undefined = append(undefined, l.put("ebs_metrics", fmt.Sprint(i), noon))
		refused = append(refused, l.put("glue_metrics", fmt.Sprint(i), noon))
	}
	errs, _ := l.handler.Catalogue(t.Context(), [][]limnograph.ObjectEvent{message(undefined...)})
	if n := strings.Count(fmt.Sprint(errs[0]), "ebs_metrics.yaml"); n != 1 {
		t.Errorf("one reason stands %d times in %v", n, errs[0])
	}
	l.refusing("unavailable", "stat")
	errs, _ = l.handler.Catalogue(t.Context(), [][]limnograph.ObjectEvent{message(refused...)})
	if n := strings.Count(fmt.Sprint(errs[0]), "look for"); n != 5 {
		t.Errorf("%d of 100 reasons stand in %v", n, errs[0])
	}
}

func TestLastDefinitionCountsWhileTheStoreIsUnavailable(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema)
	key := l.put("ebs_metrics", "a", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.now = l.now.Add(time.Hour)
	l.refusing("unavailable", "open")
	l.want(nil, cataloging.Counts{Objects: 1}, message(key))
	l.refusing("forbidden", "open")
	l.want([]limnograph.Code{"forbidden"}, cataloging.Counts{Failed: 1}, message(key))
}

func TestWhatIsDoneNeedsNoTime(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	done := l.put("glue_metrics", "a", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(done))
	late := l.put("glue_metrics", "b", noon)
	for range 20 { // waiting for one's turn would fail by chance only
		errs, counts := l.handler.Catalogue(cancelled(t), [][]limnograph.ObjectEvent{message(done), message(late)})
		if errs[0] != nil || limnograph.ErrorCode(errs[1]) != limnograph.CodeTimeout || counts.Failed != 1 {
			t.Errorf("%v, %v", errs, counts)
		}
	}
}

// Who waits for another one that registers gives up when its own time ends.
func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLake(t, cataloging.HandlerConfig{})
		first, second := l.put("glue_metrics", "a", noon), l.put("glue_metrics", "b", noon)
		l.waiting = time.Minute
		var wg sync.WaitGroup
		wg.Go(func() {
			l.handler.Catalogue(t.Context(), [][]limnograph.ObjectEvent{message(first)})
		})
		time.Sleep(90 * time.Second) // the table is there, and the partition is being added
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		started := time.Now()
		errs, _ := l.handler.Catalogue(ctx, [][]limnograph.ObjectEvent{message(second)})
		if limnograph.ErrorCode(errs[0]) != limnograph.CodeTimeout || time.Since(started) != 10*time.Second {
			t.Errorf("%v after %v", errs, time.Since(started))
		}
		wg.Wait()
		l.wantPartitions("glue_metrics a@24T12")
	})
}

func TestProjectedTableRegistersNoPartitions(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema+`projection: {senders: ["111122223333"], since: 2026}`+"\n")
	good, stranger := l.put("ebs_metrics", "111122223333", noon), l.put("ebs_metrics", "444455556666", noon)
	early := l.put("ebs_metrics", "111122223333", noon.AddDate(-1, 0, 0))
	errs := l.want([]limnograph.Code{"", limnograph.CodeConflict, limnograph.CodeConflict},
		cataloging.Counts{Objects: 1, Failed: 2, Tables: 1}, message(good), message(stranger), message(early))
	for _, i := range []int{1, 2} {
		if !strings.Contains(errs[i].Error(), "schemas/ebs_metrics.yaml, ") {
			t.Errorf("%v has no remedy", errs[i])
		}
	}
	l.wantPartitions()
}

// What was registered before is remembered, and yet no longer read when the table computes its partitions without it.
func TestProjectionCountsForWhatWasRegisteredBefore(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema)
	key := l.put("ebs_metrics", "444455556666", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.write(ebsFile, ebsSchema+`projection: {senders: ["111122223333"], since: 2026}`+"\n")
	l.now = l.now.Add(2 * time.Minute)
	l.want([]limnograph.Code{limnograph.CodeConflict}, cataloging.Counts{Failed: 1, Tables: 1}, message(key))
	l.want([]limnograph.Code{limnograph.CodeConflict}, cataloging.Counts{Failed: 1}, message(key))
}

func TestMemoryIsBounded(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{MaxPartitions: 2})
	keys := []string{l.put("glue_metrics", "a", noon), l.put("glue_metrics", "b", noon), l.put("glue_metrics", "c", noon)}
	l.want(nil, cataloging.Counts{Objects: 2, Partitions: 2, Tables: 1}, message(keys[0]), message(keys[1]))
	l.want(nil, cataloging.Counts{Objects: 1}, message(keys[0]))
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1}, message(keys[2])) // b was used least
	l.want(nil, cataloging.Counts{Objects: 2}, message(keys[0]), message(keys[2]))
	l.took()
	l.want(nil, cataloging.Counts{Objects: 1}, message(keys[1])) // forgotten: asked again, and there already
	if calls := l.took(); !slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "add glue_metrics b@") }) {
		t.Errorf("calls %q", calls)
	}
}

func TestOneHandlerRegistersOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLake(t, cataloging.HandlerConfig{})
		keys := []string{l.put("glue_metrics", "a", noon), l.put("glue_metrics", "b", noon)}
		l.waiting = time.Second
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if errs, _ := l.handler.Catalogue(t.Context(), [][]limnograph.ObjectEvent{message(keys...)}); errs[0] != nil {
					t.Error(errs)
				}
			})
		}
		wg.Wait()
		writes := 0
		for _, call := range l.took() {
			if strings.HasPrefix(call, "add") || strings.HasPrefix(call, "ensure") {
				writes++
			}
		}
		if writes != 2 {
			t.Errorf("%d calls to the catalogue, want one for the table and one for its partitions", writes)
		}
	})
}

// Whatever the messages: those without an error have their landing objects catalogued, and nothing else is.
func TestHandlerProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLake(t, cataloging.HandlerConfig{MaxPartitions: rapid.IntRange(1, 5).Draw(rt, "memory")})
		truth := make(map[string]bool) // partitions that have objects
		tables := []string{"glue_metrics", "other_metrics", "ebs_metrics"}
		for range rapid.IntRange(1, 5).Draw(rt, "batches") {
			var messages [][]limnograph.ObjectEvent
			for range rapid.IntRange(0, 5).Draw(rt, "messages") {
				var keys []string
				for range rapid.IntRange(0, 3).Draw(rt, "objects") {
					table := rapid.SampledFrom(tables).Draw(rt, "table")
					at := noon.Add(-time.Duration(rapid.IntRange(0, 2).Draw(rt, "hour")) * time.Hour)
					switch key := l.put(table, "a", at); rapid.IntRange(0, 5).Draw(rt, "kind") {
					case 0:
						l.remove(key)
						keys = append(keys, key)
					case 1:
						keys = append(keys, strings.TrimSuffix(key, ".gz"), "errors/"+key)
						l.remove(key)
					default:
						keys = append(keys, key)
						truth[fmt.Sprintf("%s %d", table, at.Unix())] = true
					}
				}
				messages = append(messages, message(keys...))
			}
			throttled := rapid.SampledFrom([]string{"add glue", "ensure other", "nothing"}).Draw(rt, "throttled")
			l.refusing("unavailable", throttled)
			errs, counts := l.handler.Catalogue(t.Context(), messages)
			failed := 0
			for i, err := range errs {
				if err != nil {
					failed++
					continue
				}
				for _, o := range messages[i] {
					if _, gone := l.store.Stat(t.Context(), o.Key); gone == nil && !l.isCatalogued(o.Key) {
						rt.Errorf("%s is done and not catalogued", o.Key)
					}
				}
			}
			if counts.Failed != failed || counts.Messages != len(messages) {
				rt.Errorf("%+v, %d failed", counts, failed)
			}
		}
		for name := range l.partitions() {
			if !truth[name] {
				rt.Errorf("%s has no objects", name)
			}
		}
	})
}

// partitions lists "<table> <unix hour>".
func (l *lake) partitions() map[string]bool {
	found := make(map[string]bool)
	tables, err := l.cat.Tables(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	for _, s := range tables {
		parts, err := l.cat.Partitions(l.t.Context(), s.Table)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, p := range parts {
			found[fmt.Sprintf("%s %d", s.Table, p.Hour.Unix())] = true
		}
	}
	return found
}

func (l *lake) isCatalogued(key string) bool {
	table, p, err := objectkey.PartitionOf(key)
	return err == nil && l.partitions()[fmt.Sprintf("%s %d", table, p.Hour.Unix())]
}
