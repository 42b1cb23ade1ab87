package lake_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"limnograph"
	"limnograph/lake"
	"limnograph/mem"
)

// now is when the tests happen.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, want limnograph.Code) {
	t.Helper()
	if got := limnograph.ErrorCode(err); got != want {
		t.Fatalf("error %v has code %q, want %q", err, got, want)
	}
}

// glue is a schema with what the shipped one has.
func glue() limnograph.Schema {
	return limnograph.Schema{
		Namespace: "Glue", Table: "glue_metrics",
		Dimensions: []limnograph.PromotedDimension{{Name: "JobName", Column: "job_name"}, {Name: "JobRunId", Column: "job_run_id"}, {Name: "Type", Column: "metric_type"}},
		Totals:     []limnograph.Dimension{{Name: "JobRunId", Value: "ALL"}},
		Extracts:   []limnograph.ExtractedColumn{{Column: "executor", Pattern: `^glue\.([0-9]+|driver|ALL)\.`}},
	}
}

// statement is one landed line of a test.
type statement struct {
	Metric string
	TS     time.Time
	Count  float64
	Sum    float64
	Extra  int // further statistics
}

func (s statement) line(position int64) string {
	extra := ""
	for i := range s.Extra {
		extra += fmt.Sprintf(`,"p%d":%d.5`, 90+i, i)
	}
	return fmt.Sprintf(`{"account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":%q,"dimensions":{"JobName":"orders","JobRunId":"jr_1","Type":"gauge"},`+
		`"timestamp":%d,"value":{"max":%g,"min":%g,"sum":%g,"count":%g%s},"unit":"Count","limno_position":%d}`+"\n",
		s.Metric, s.TS.UnixMilli(), s.Sum, s.Sum, s.Sum, s.Count, extra, position)
}

// feed is a feed of batches in memory. Its mark is the number of batches that were read.
type feed struct {
	mu      sync.Mutex
	batches map[string][]limnograph.LandedBatch
	next    uint64
}

func newFeed() *feed { return &feed{batches: map[string][]limnograph.LandedBatch{}} }

// land adds a batch that arrived at a time.
func (f *feed) land(table string, arrival time.Time, statements ...statement) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	b := limnograph.LandedBatch{Sequence: f.next, Arrival: arrival, Position: int64(f.next) << 24, Count: len(statements)}
	var text strings.Builder
	for i, s := range statements {
		text.WriteString(s.line(b.Position + int64(i)))
		if b.MinTime == 0 || s.TS.UnixMilli() < b.MinTime {
			b.MinTime = s.TS.UnixMilli()
		}
		b.MaxTime = max(b.MaxTime, s.TS.UnixMilli())
	}
	b.Lines = []byte(text.String())
	f.batches[table] = append(f.batches[table], b)
	return f.next
}

func (f *feed) Waiting(table string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.batches[table]))
}

func (f *feed) Read(ctx context.Context, table, mark string, limit int64, yield func(limnograph.LandedBatch) error) (string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, _ := strconv.Atoi(mark)
	all := f.batches[table]
	for ; at < len(all) && limit > 0; at++ {
		b := all[at]
		b.Lines = []byte(string(b.Lines)) // the reader may change them
		limit -= int64(b.Count)
		if err := yield(b); err != nil {
			return mark, false, err
		}
	}
	return strconv.Itoa(at), at < len(all), ctx.Err()
}

// world is a lake with everything around it in memory.
type world struct {
	store     *mem.Store
	snapshots *mem.Snapshots
	feed      *feed
	clock     time.Time
	lake      *lake.Lake
	cfg       lake.Config
	written   int // files that tests wrote

	healing func()            // undoes the damage to a file
	objects lake.Objects      // nil: store
	schema  limnograph.Schema // of the table
}

func newWorld(t testing.TB, cfg lake.Config) *world {
	t.Helper()
	w := &world{feed: newFeed(), clock: now, cfg: cfg, schema: glue()}
	w.store = mem.NewWith(mem.Config{Now: func() time.Time { return w.clock }})
	w.snapshots = mem.NewSnapshots(w.store)
	w.start(t)
	return w
}

// start opens a lake over what is there, as a new process does.
func (w *world) start(t testing.TB) {
	t.Helper()
	cfg := w.cfg
	cfg.Now = func() time.Time { return w.clock }
	if cfg.Rand == nil {
		cfg.Rand = rand.NewChaCha8([32]byte{byte(w.feed.next), 1})
	}
	objects := w.objects
	if objects == nil {
		objects = w.store
	}
	var err error
	w.lake, err = lake.New(objects, w.snapshots, w.feed, func() []limnograph.Schema { return []limnograph.Schema{w.schema} }, cfg)
	must(t, err)
	must(t, w.lake.Open(t.Context()))
}

// curate runs rounds until nothing is left.
func (w *world) curate(t testing.TB) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = w.lake.Curate(t.Context(), "glue_metrics")
		must(t, err)
	}
}
