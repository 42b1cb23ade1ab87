package panel_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"limnograph"
	"limnograph/conformance/datafile"
	"limnograph/duckdb"
	"limnograph/panel"
	"limnograph/schema"
)

// lake is a landing folder with one object, the curated table of the same lines and the run records rolled up from them,
// and the engine over all.
type lake struct {
	lines []string
	runs  []limnograph.JobRun // what the Glue API and events say
	jobs  []limnograph.Job
	from  panel.Source // of the panels
	*world
}

// world is what a lake's engine sees.
type world struct {
	engine *duckdb.Engine
	files  atomic.Pointer[limnograph.FileSet]
	dir    string
}

func (w *world) path(key string) string { return filepath.Join(w.dir, filepath.FromSlash(key)) }

// onEachSource runs a test over what is curated, and over what has landed.
func onEachSource(t *testing.T, l *lake, test func(t *testing.T, l *lake)) {
	for _, from := range []panel.Source{panel.Curated, panel.Flat} {
		t.Run(string(from), func(t *testing.T) { test(t, l.reading(from)) })
	}
}

// reading returns the lake with another source of the panels.
func (l *lake) reading(from panel.Source) *lake {
	other := *l
	other.from = from
	return &other
}

// point adds a line as landing writes it. dims are name-value pairs beside JobName and JobRunId.
func (l *lake) point(at time.Time, metric, job, run string, sum, count, biggest float64, dims ...string) {
	d := map[string]string{"JobName": job, "JobRunId": run, "Type": "gauge"}
	for i := 0; i < len(dims); i += 2 {
		d[dims[i]] = dims[i+1]
	}
	line, err := json.Marshal(map[string]any{
		"metric_stream_name": "s", "account_id": "111122223333", "region": "eu-west-1", "namespace": "Glue",
		"metric_name": metric, "dimensions": d, "timestamp": at.UnixMilli(), "unit": "Count", "limno_position": len(l.lines),
		"value": map[string]float64{"max": biggest, "min": 0, "sum": sum, "count": count},
	})
	if err != nil {
		panic(err)
	}
	l.lines = append(l.lines, string(line))
}

// gauge adds a line of two reports of v, delta one that counted v.
func (l *lake) gauge(at time.Time, metric, job, run string, v float64, dims ...string) {
	l.point(at, metric, job, run, 2*v, 2, v, dims...)
}

func (l *lake) delta(at time.Time, metric, job, run string, v float64, dims ...string) {
	l.point(at, metric, job, run, v, 2, v, dims...)
}

// open writes the lines as one object and what is recorded, and starts the engine over it.
func (l *lake) open(t testing.TB) {
	t.Helper()
	l.world = openWorld(t, map[time.Time][]string{noon.Add(-time.Hour): l.lines})
	l.record(t)
}

// openWorld writes one object for each arrival hour and one data file for each hour of the datapoints, and starts an
// engine over them.
func openWorld(t testing.TB, byHour map[time.Time][]string) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	set := limnograph.TableFiles{Schema: schema.Builtin()[0]}
	for hour, lines := range byHour {
		key := "landing/metrics/glue_metrics/sender=t/" + hour.Format("year=2006/month=01/day=02/hour=15/s-2006-01-02-15-04-05.000-0000000000000001.gz")
		set.Files = append(set.Files, limnograph.File{
			Key: key, Size: writeLines(t, w.path(key), lines), Lines: int64(len(lines)),
			MinTime: hour.Add(-48 * time.Hour).UnixMilli(), MaxTime: hour.Add(time.Hour - 1).UnixMilli(),
		})
	}
	set.Snapshot = curate(t, w.path, set.Schema, byHour)
	slices.SortFunc(set.Files, func(a, b limnograph.File) int { return strings.Compare(a.Key, b.Key) })
	w.files.Store(&limnograph.FileSet{Version: 1, Published: noon, Tables: []limnograph.TableFiles{set}})
	var err error
	if w.engine, err = duckdb.Open(t.Context(), duckdb.Config{Files: w.files.Load, Path: w.path, TempDir: t.TempDir(), Threads: 2}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// curate writes the curated table of the lines.
func curate(t testing.TB, path func(key string) string, s limnograph.Schema, byHour map[time.Time][]string) *limnograph.Snapshot {
	t.Helper()
	var lines []string
	for _, hour := range slices.SortedFunc(maps.Keys(byHour), time.Time.Compare) {
		lines = append(lines, byHour[hour]...)
	}
	layout := datafile.Layout(t, s)
	snapshot := &limnograph.Snapshot{ID: 1, Committed: noon}
	for hour, rows := range datafile.ByHour(datafile.Rows(t, layout, lines)) {
		content, f := datafile.Encode(t, layout, "lake/glue_metrics/data/"+hour.Format("day=2006-01-02/15")+".parquet", rows)
		if err := os.MkdirAll(filepath.Dir(path(f.Key)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path(f.Key), content, 0o644); err != nil {
			t.Fatal(err)
		}
		snapshot.Files = append(snapshot.Files, f)
	}
	return snapshot
}

// writeLines writes a gzip object and returns its size.
func writeLines(t testing.TB, path string, lines []string) int64 {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if _, err := io.WriteString(z, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return int64(b.Len())
}
