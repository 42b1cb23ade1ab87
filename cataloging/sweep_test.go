package cataloging_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/cataloging"
)

func TestReconcileHealsALostHour(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema)
	for _, sender := range []string{"111122223333", "a b", "z"} {
		for _, table := range []string{"glue_metrics", "ebs_metrics"} {
			for i := range 3 {
				l.put(table, sender, noon.Add(-time.Duration(i)*20*time.Minute))
			}
		}
	}
	counts, err := l.handler.Reconcile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts.Lists = 0
	if diff := cmp.Diff(cataloging.Counts{Objects: 12, Partitions: 12, Tables: 2}, counts); diff != "" {
		t.Error(diff)
	}
	l.wantPartitions(
		"ebs_metrics 111122223333@24T11", "ebs_metrics a b@24T11", "ebs_metrics z@24T11",
		"ebs_metrics 111122223333@24T12", "ebs_metrics a b@24T12", "ebs_metrics z@24T12",
		"glue_metrics 111122223333@24T11", "glue_metrics a b@24T11", "glue_metrics z@24T11",
		"glue_metrics 111122223333@24T12", "glue_metrics a b@24T12", "glue_metrics z@24T12",
	)
	// Partitions that somebody dropped are registered again, though the handler remembers them.
	l.cat = keepOnly(t, l.cat, "ebs_metrics")
	if _, err := l.handler.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(l.partitions()); n != 4 {
		t.Errorf("%d hours of tables are catalogued, want 4", n)
	}
}

func TestReconcileLooksAtItsWindow(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{Window: 2 * time.Hour})
	l.now = noon.Add(30 * time.Minute)
	for _, hours := range []int{-26, -3, -2, 0, 1, 2} {
		l.put("glue_metrics", "a", noon.Add(time.Duration(hours)*time.Hour))
	}
	if _, err := l.handler.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.wantPartitions("glue_metrics a@24T10", "glue_metrics a@24T12", "glue_metrics a@24T13")
}

// The number of calls and of listed keys depends on the window, not on what is older.
func TestReconcileNeverListsHistory(t *testing.T) {
	var calls []int
	for _, days := range []int{1, 20, 200} {
		l := newLake(t, cataloging.HandlerConfig{})
		for _, sender := range []string{"a", "b"} {
			for i := range days * 24 {
				l.put("glue_metrics", sender, noon.Add(-time.Duration(i)*time.Hour))
			}
		}
		counts, err := l.handler.Reconcile(t.Context())
		if err != nil || counts.Partitions != 8 {
			t.Fatalf("%v, %v", counts, err)
		}
		if counts.Lists != l.lists {
			t.Errorf("%d list calls were counted, %d made", counts.Lists, l.lists)
		}
		calls = append(calls, l.lists)
		old := 0
		for _, key := range l.listed {
			if !strings.Contains(key, "month=11/day=24/hour=") {
				old++
			}
		}
		if old > 3 { // the first of the table, and of each sender
			t.Errorf("%d keys of old hours were listed", old)
		}
	}
	if calls[0] != calls[1] || calls[1] != calls[2] {
		t.Errorf("list calls %v with a history of 1, 20 and 200 days", calls)
	}
	if calls[0] != 2+3+2*5 { // tables and their end; senders and their end; hours and their end
		t.Errorf("%d list calls", calls[0])
	}
}

func TestReconcileKeepsWhatItFoundWithinItsCalls(t *testing.T) {
	for limit, want := range map[int]int{1: 0, 4: 2, 10: 8, 1000: 10} {
		l := newLake(t, cataloging.HandlerConfig{MaxCalls: limit})
		for i := range 10 {
			l.put("glue_metrics", "a", noon.Add(-time.Duration(i)*time.Hour))
		}
		l.restart(cataloging.HandlerConfig{MaxCalls: limit, Window: 100 * time.Hour})
		counts, err := l.handler.Reconcile(t.Context())
		if n := len(l.partitions()); n != want || counts.Partitions != want || l.lists > limit {
			t.Errorf("%d calls: %d partitions, %v, want %d with %d calls", limit, n, counts, want, l.lists)
		}
		if enough := limit == 1000; enough != (err == nil) || !enough && limnograph.ErrorCode(err) != limnograph.CodeTooLarge {
			t.Errorf("%d calls: %v", limit, err)
		}
	}
}

// A page of a thousand keys is a call, too.
func TestReconcileCountsPages(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{MaxCalls: 6})
	folder := strings.TrimSuffix(l.put("glue_metrics", "a", noon), ".gz")
	for i := range 3000 {
		l.write(fmt.Sprintf("%s-%04d.tmp", folder, i), "x")
	}
	l.remove(folder + ".gz")
	if _, err := l.handler.Reconcile(t.Context()); limnograph.ErrorCode(err) != limnograph.CodeTooLarge {
		t.Errorf("%v", err)
	}
}

func TestReconcileLeavesOutWhatIsForeign(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	key := l.put("glue_metrics", "a", noon)
	hour := key[:strings.LastIndex(key, "/")+1]
	sender := hour[:strings.Index(hour, "year=")]
	for _, junk := range []string{
		"landing/metrics/x.gz", "landing/metrics/Bad Table/x/y.gz", "landing/metrics/glue_metrics/x.gz", "landing/metrics/glue_metrics/2026/11/x.gz",
		sender + "x.gz", sender + "year=2026/month=11/day=24/zzz.gz", hour + "_SUCCESS", hour + "!.gz.tmp", "landing/runs/a.gz",
		strings.Replace(hour, "metrics/glue_metrics", "runs/job_runs", 1) + "a.gz", strings.Replace(hour, "glue_metrics", "jobs", 1) + "a.gz",
		strings.Replace(hour, "hour=12", "hour=11", 1) + "x.tmp", strings.Replace(hour, "hour=12", "hour=10", 1) + "deeper/x.gz",
	} {
		l.write(junk, "x")
	}
	l.write(strings.Replace(hour, "hour=12", "hour=11", 1)+"empty.gz", "")
	counts, err := l.handler.Reconcile(t.Context())
	if err != nil || counts.Skipped[cataloging.ReasonMisplaced] != 2 {
		t.Errorf("%v, %v", counts, err)
	}
	l.wantPartitions("glue_metrics a@24T12")
}

func TestReconcileGoesOnAfterATableThatFails(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	for _, table := range []string{"ebs_metrics", "glue_metrics", "other_metrics", "s3_metrics"} {
		l.put(table, "a", noon)
	}
	l.refusing("unavailable", "add glue_metrics")
	counts, err := l.handler.Reconcile(t.Context())
	for _, words := range []string{"schemas/ebs_metrics.yaml", "table glue_metrics", "schemas/s3_metrics.yaml"} {
		if !strings.Contains(fmt.Sprint(err), words) {
			t.Errorf("%v does not say %q", err, words)
		}
	}
	if counts.Failed != 3 || counts.Objects != 1 {
		t.Errorf("%v", counts)
	}
	l.wantPartitions("other_metrics a@24T12")
}

func TestReconcileStopsWhenTheStoreFails(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema)
	for _, table := range []string{"ebs_metrics", "glue_metrics"} {
		l.put(table, "a", noon)
		l.put(table, "b", noon)
	}
	l.refusing("unavailable", "list landing/metrics/glue_metrics/sender=b/")
	counts, err := l.handler.Reconcile(t.Context())
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || counts.Partitions != 3 {
		t.Errorf("%v, %v", counts, err)
	}
	l.took()
	if _, err := l.handler.Reconcile(cancelled(t)); limnograph.ErrorCode(err) != limnograph.CodeTimeout {
		t.Errorf("%v", err)
	}
	if calls := l.took(); len(calls) != 1 {
		t.Errorf("%q", calls)
	}
}
