package cataloging_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/mem"
	"limnograph/objectkey"
	"limnograph/schema"
)

// lake is a store, a catalogue and a handler between them. It counts what they are asked.
type lake struct {
	t       testing.TB
	store   *mem.Store
	cat     *mem.Catalog
	handler *cataloging.Handler
	now     time.Time
	objects int

	mu      sync.Mutex
	calls   []string // in the order that they were made
	refuse  func(call string) error
	listed  []string // keys that were listed
	lists   int
	waiting time.Duration // how long each call to the catalogue takes
}

var (
	_ limnograph.CatalogWriter = (*lake)(nil)
	_ limnograph.ObjectReader  = (*lake)(nil)
)

func newLake(t testing.TB, cfg cataloging.HandlerConfig) *lake {
	l := &lake{t: t, store: mem.New(), cat: mem.NewCatalog(), now: noon}
	l.restart(cfg)
	return l
}

// restart forgets what the handler remembers, as a new process would.
func (l *lake) restart(cfg cataloging.HandlerConfig) {
	clock := func() time.Time { return l.now }
	cfg.Now = clock
	defs := cataloging.NewStoredDefinitions(l, "schemas/", schema.Builtin(), cataloging.DefinitionsConfig{Where: "s3://lake/", Now: clock})
	l.handler = cataloging.NewHandler(l, l, defs, cfg)
}

// call notes a call, and makes it fail if the test wants it to.
func (l *lake) call(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	if strings.HasPrefix(call, "ensure") || strings.HasPrefix(call, "add") {
		time.Sleep(l.waiting)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, call)
	if l.refuse != nil {
		return l.refuse(call)
	}
	return nil
}

// took returns the calls since it was last asked.
func (l *lake) took() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := l.calls
	l.calls = nil
	return calls
}

func (l *lake) refusing(code limnograph.Code, calls ...string) {
	l.refuse = func(call string) error {
		if slices.ContainsFunc(calls, func(c string) bool { return strings.Contains(call, c) }) {
			return &limnograph.Error{Code: code, Op: "test"}
		}
		return nil
	}
}

func (l *lake) EnsureTable(ctx context.Context, s limnograph.Schema) (bool, error) {
	if err := l.call("ensure %s", s.Table); err != nil {
		return false, err
	}
	return l.cat.EnsureTable(ctx, s)
}

func (l *lake) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (int, error) {
	var names []string
	for _, p := range parts {
		names = append(names, fmt.Sprintf("%s@%s", p.Sender, p.Hour.Format("02T15")))
	}
	if err := l.call("add %s %s", table, strings.Join(names, " ")); err != nil {
		return 0, err
	}
	return l.cat.AddPartitions(ctx, table, parts)
}

func (l *lake) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := l.call("open %s", key); err != nil {
		return nil, err
	}
	return l.store.Open(ctx, key)
}

func (l *lake) Stat(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	if err := l.call("stat %s", key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	return l.store.Stat(ctx, key)
}

func (l *lake) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	l.lists++
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		if err := l.call("list %s", prefix); err != nil {
			yield(limnograph.ObjectInfo{}, err)
			return
		}
		for info, err := range l.store.List(ctx, prefix, after) {
			l.listed = append(l.listed, info.Key)
			if !yield(info, err) {
				return
			}
		}
	}
}

// put stores an object with a name as Data Firehose gives it.
func (l *lake) put(table, sender string, arrival time.Time) string {
	l.t.Helper()
	l.objects++
	name := objectkey.Firehose{
		Prefix: objectkey.Folder(table, limnograph.Partition{Sender: sender, Hour: arrival}), Stream: "limno-" + table, Version: "1",
		Arrival: arrival, ID: fmt.Sprintf("7f1c6c1e-7d0b-4b8e-9a62-%012d", l.objects), Extension: ".gz",
	}.Key()
	return l.write(name, "content")
}

func (l *lake) write(key, content string) string {
	l.t.Helper()
	if _, err := l.store.Put(l.t.Context(), key, strings.NewReader(content), limnograph.PutOptions{}); err != nil {
		l.t.Fatal(err)
	}
	return key
}

func (l *lake) remove(key string) {
	l.t.Helper()
	if err := l.store.Delete(l.t.Context(), key); err != nil {
		l.t.Fatal(err)
	}
}

// message tells of objects.
func message(keys ...string) []limnograph.ObjectEvent {
	var events []limnograph.ObjectEvent
	for _, key := range keys {
		events = append(events, limnograph.ObjectEvent{Key: key, Size: 7})
	}
	return events
}

// want handles messages and compares their codes, "" for those that are done, and the counts.
func (l *lake) want(codes []limnograph.Code, counts cataloging.Counts, messages ...[]limnograph.ObjectEvent) []error {
	l.t.Helper()
	errs, got := l.handler.Catalogue(l.t.Context(), messages)
	var have []limnograph.Code
	for _, err := range errs {
		have = append(have, limnograph.ErrorCode(err))
	}
	if codes == nil {
		codes = make([]limnograph.Code, len(messages))
	}
	if diff := cmp.Diff(codes, have); diff != "" {
		l.t.Errorf("codes (-want +got):\n%s%v", diff, errs)
	}
	counts.Messages = len(messages)
	if diff := cmp.Diff(counts, got); diff != "" {
		l.t.Errorf("counts (-want +got):\n%s", diff)
	}
	return errs
}

func (l *lake) wantCalls(want ...string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.took()); diff != "" {
		l.t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// wantPartitions compares the catalogue: "<table> <sender>@<hour>" of all tables.
func (l *lake) wantPartitions(want ...string) {
	l.t.Helper()
	var got []string
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
			got = append(got, fmt.Sprintf("%s %s@%s", s.Table, p.Sender, p.Hour.Format("02T15")))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("partitions (-want +got):\n%s", diff)
	}
}

const (
	ebsFile   = "schemas/ebs_metrics.yaml"
	ebsSchema = "namespace: AWS/EBS\ndimensions: [VolumeId]\n"
)

func TestFirstMessageMakesTableAndPartitionAndTheSecondNothing(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	key := l.put("glue_metrics", "111122223333", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.wantCalls("stat "+key, "open schemas/glue_metrics.yaml", "ensure glue_metrics", "add glue_metrics 111122223333@24T12")
	l.wantPartitions("glue_metrics 111122223333@24T12")
	l.want(nil, cataloging.Counts{Objects: 1}, message(key))
	other := l.put("glue_metrics", "111122223333", noon.Add(59*time.Minute))
	l.want(nil, cataloging.Counts{Objects: 2}, message(other), message(key))
	l.wantCalls()
}

func TestOneCallForAllPartitionsOfATable(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema)
	var messages [][]limnograph.ObjectEvent
	for i := range 10 {
		table := []string{"glue_metrics", "ebs_metrics"}[i%2]
		messages = append(messages, message(l.put(table, "a", noon.Add(-time.Duration(i/4)*time.Hour))))
	}
	l.want(nil, cataloging.Counts{Objects: 10, Partitions: 6, Tables: 2}, messages...)
	adds := slices.DeleteFunc(l.took(), func(call string) bool { return !strings.HasPrefix(call, "add") })
	want := []string{"add ebs_metrics a@24T10 a@24T11 a@24T12", "add glue_metrics a@24T10 a@24T11 a@24T12"}
	if diff := cmp.Diff(want, adds); diff != "" {
		t.Error(diff)
	}
}

func TestObjectsThatAreNotForTheCatalogueAreCounted(t *testing.T) {
	good := objectkey.Folder("glue_metrics", limnograph.Partition{Sender: "a", Hour: noon})
	records := objectkey.Folder(limnograph.RunsTable, limnograph.Partition{Sender: "a", Hour: noon})
	for key, reason := range map[string]cataloging.Reason{
		"errors/glue_metrics/processing-failed/2026/11/24/12/x.gz": cataloging.ReasonErrorOutput,
		"quarantine/2026/11/24/x.gz":                               cataloging.ReasonQuarantine,
		"schemas/glue_metrics.yaml":                                cataloging.ReasonForeign,
		"landing/runs/x.gz":                                        cataloging.ReasonRunRecords,
		"landing/runsx/job_runs/x.gz":                              cataloging.ReasonForeign,
		records + "x.gz":                                           cataloging.ReasonRunRecords,
		strings.Replace(records, "runs/", "metrics/", 1) + "x.gz":  cataloging.ReasonMisplaced,
		"landing/metricsx/glue_metrics/x.gz":                       cataloging.ReasonForeign,
		"x":                                                        cataloging.ReasonForeign,
		"":                                                         cataloging.ReasonForeign,
		good + "x":                                                 cataloging.ReasonName,
		good + "x.gz.tmp":                                          cataloging.ReasonName,
		good + "x.parquet":                                         cataloging.ReasonName,
		good + "_SUCCESS.gz":                                       cataloging.ReasonName,
		good + ".hidden.gz":                                        cataloging.ReasonName,
		good + "x\x00.gz":                                          cataloging.ReasonName,
		good:                                                       cataloging.ReasonMisplaced,
		good + "deeper/x.gz":                                       cataloging.ReasonMisplaced,
		"landing/metrics/x.gz":                                     cataloging.ReasonMisplaced,
		"landing/metrics/glue_metrics/2026/11/24/12/x.gz":                     cataloging.ReasonMisplaced,
		strings.Replace(good, "glue_metrics", "Bad Table", 1) + "x.gz":        cataloging.ReasonMisplaced,
		strings.Replace(good, "glue_metrics", "..", 1) + "x.gz":               cataloging.ReasonMisplaced,
		strings.Replace(good, "glue_metrics", "raw_glue_metrics", 1) + "x.gz": cataloging.ReasonMisplaced,
		strings.Replace(good, "sender=a", "sender=", 1) + "x.gz":              cataloging.ReasonMisplaced,
		strings.Replace(good, "hour=12", "hour=24", 1) + "x.gz":               cataloging.ReasonMisplaced,
		strings.Replace(good, "year=2026", "year=+026", 1) + "x.gz":           cataloging.ReasonMisplaced,
	} {
		l := newLake(t, cataloging.HandlerConfig{})
		l.want(nil, cataloging.Counts{Skipped: map[cataloging.Reason]int{reason: 1}}, message(key))
		if calls := l.took(); calls != nil {
			t.Errorf("%q: %q", key, calls)
		}
	}
}

func TestObjectThatIsGoneIsCounted(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	gone, there := l.put("glue_metrics", "a", noon), l.put("glue_metrics", "b", noon)
	undefined := l.put("ebs_metrics", "a", noon)
	l.remove(gone)
	l.remove(undefined)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1, Skipped: map[cataloging.Reason]int{cataloging.ReasonGone: 3}},
		message(gone), message(gone, there), message(undefined))
	l.wantPartitions("glue_metrics b@24T12")
	// Another object of the same hour brings the partition, and then nothing is asked about the one that is gone.
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Skipped: map[cataloging.Reason]int{cataloging.ReasonGone: 1}},
		message(gone, l.put("glue_metrics", "a", noon)))
	l.took()
	l.want(nil, cataloging.Counts{Objects: 1}, message(gone))
	l.wantCalls()
}

func TestTableWithoutDefinitionFailsItsMessagesOnly(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	good, undefined, other := l.put("glue_metrics", "a", noon), l.put("ebs_metrics", "a", noon), l.put("other_metrics", "a", noon)
	errs := l.want([]limnograph.Code{"", limnograph.CodeNotFound, limnograph.CodeNotFound, ""},
		cataloging.Counts{Failed: 2, Objects: 3, Partitions: 2, Tables: 2}, message(good), message(undefined), message(good, undefined), message(other))
	const remedy = "put s3://lake/schemas/ebs_metrics.yaml there, then redrive"
	if !strings.Contains(errs[1].Error(), remedy) {
		t.Errorf("%v does not say %q", errs[1], remedy)
	}
	l.write(ebsFile, ebsSchema)
	l.want(nil, cataloging.Counts{Objects: 2, Partitions: 1, Tables: 1}, message(undefined), message(good))
	l.wantPartitions("ebs_metrics a@24T12", "glue_metrics a@24T12", "other_metrics a@24T12")
}

func TestWrongDefinitionFailsInWordsAndKeepsWhatIsThere(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema)
	key := l.put("ebs_metrics", "a", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	for name, tc := range map[string]struct {
		text, words string
		code        limnograph.Code
	}{
		"no YAML":         {"dimensions: [", "s3://lake/schemas/ebs_metrics.yaml:1:1: not valid YAML", limnograph.CodeInvalid},
		"unknown key":     {ebsSchema + "colour: red\n", "unknown key", limnograph.CodeInvalid},
		"another table":   {ebsSchema + "table: volumes\n", "defines table volumes", limnograph.CodeInvalid},
		"a column less":   {"namespace: AWS/EBS\n", "volume_id", limnograph.CodeConflict},
		"other namespace": {"namespace: AWS/EC2\ntable: ebs_metrics\ndimensions: [VolumeId]\n", "AWS/EBS", limnograph.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			l.now = l.now.Add(2 * time.Minute)
			l.write(ebsFile, tc.text)
			errs := l.want([]limnograph.Code{tc.code, ""}, cataloging.Counts{Failed: 1, Objects: 1, Partitions: 1, Tables: 1},
				message(key), message(l.put("glue_metrics", "a", l.now)))
			if !strings.Contains(errs[0].Error(), tc.words) {
				t.Errorf("%v does not say %q", errs[0], tc.words)
			}
			l.restart(cataloging.HandlerConfig{})
			l.cat = keepOnly(t, l.cat, "ebs_metrics")
			l.wantPartitions("ebs_metrics a@24T12")
		})
	}
}

// keepOnly copies one table.
func keepOnly(t testing.TB, from *mem.Catalog, table string) *mem.Catalog {
	t.Helper()
	to := mem.NewCatalog()
	tables, err := from.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range tables {
		if s.Table != table {
			continue
		}
		parts, err := from.Partitions(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.EnsureTable(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if _, err := to.AddPartitions(t.Context(), table, parts); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func TestChangedDefinitionEvolvesTheTable(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{TableTTL: 10 * time.Minute})
	l.write(ebsFile, ebsSchema)
	key := l.put("ebs_metrics", "a", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.write(ebsFile, "namespace: AWS/EBS\ndimensions: [VolumeId, InstanceId]\n")
	l.took()
	l.now = l.now.Add(59 * time.Second)
	l.want(nil, cataloging.Counts{Objects: 1}, message(key))
	l.wantCalls() // not read again yet
	l.now = l.now.Add(time.Second)
	l.want(nil, cataloging.Counts{Objects: 1, Tables: 1}, message(key))
	l.wantCalls("open "+ebsFile, "ensure ebs_metrics")
	tables, err := l.cat.Tables(t.Context())
	if err != nil || len(tables) != 1 || len(tables[0].Dimensions) != 2 {
		t.Errorf("%+v, %v", tables, err)
	}
}

// A change counts at once for what needs calls anyway.
func TestNewPartitionReadsTheDefinitionAgain(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	l.write(ebsFile, ebsSchema)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(l.put("ebs_metrics", "a", noon)))
	l.write(ebsFile, "namespace: AWS/EBS\ndimensions: [VolumeId, InstanceId]\n")
	key := l.put("ebs_metrics", "a", noon.Add(time.Hour))
	l.took()
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.wantCalls("stat "+key, "open "+ebsFile, "ensure ebs_metrics", "add ebs_metrics a@24T13")
	l.refusing("unavailable", "open")
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1}, message(l.put("ebs_metrics", "a", noon.Add(2*time.Hour)))) // the last one counts
}

func TestTableIsLookedAtAgainAfterAWhile(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{TableTTL: 10 * time.Minute})
	key := l.put("glue_metrics", "a", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.took()
	l.now = l.now.Add(10 * time.Minute)
	l.want(nil, cataloging.Counts{Objects: 1}, message(key))
	l.wantCalls("open schemas/glue_metrics.yaml", "ensure glue_metrics")
	l.cat = mem.NewCatalog() // somebody dropped the table
	l.now = l.now.Add(10 * time.Minute)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.wantPartitions("glue_metrics a@24T12")
}

func TestDroppedTableIsMadeAgain(t *testing.T) {
	l := newLake(t, cataloging.HandlerConfig{})
	key := l.put("glue_metrics", "a", noon)
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(key))
	l.cat = mem.NewCatalog()
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1, Tables: 1}, message(l.put("glue_metrics", "b", noon)))
	l.want(nil, cataloging.Counts{Objects: 1, Partitions: 1}, message(key)) // forgotten with the table
	l.wantPartitions("glue_metrics a@24T12", "glue_metrics b@24T12")
}
