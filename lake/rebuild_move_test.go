package lake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
)

// land puts batches of a namespace, and of another one, into the landing of other_metrics.
func landOther(w *world, namespace string, minutes ...int) {
	for _, minute := range minutes {
		w.feed.land(limnograph.OtherTable, at(minute+1), point("latency", minute, 1, float64(-minute)), point("latency", minute, 0, 1))
		w.feed.land(limnograph.OtherTable, at(minute+1), point("kept", minute, 1, 1))
		batches := w.feed.batches[limnograph.OtherTable]
		b := &batches[len(batches)-2]
		b.Lines = bytes.ReplaceAll(b.Lines, []byte(`"namespace":"Glue"`), []byte(`"namespace":"`+namespace+`"`))
		b = &batches[len(batches)-1]
		b.Lines = bytes.ReplaceAll(b.Lines, []byte(`"namespace":"Glue"`), []byte(`"namespace":"Rest"`))
	}
}

// metrics returns the metrics of a table's rows, sorted.
func (w *world) metrics(t testing.TB, schema limnograph.Schema) (names []string) {
	t.Helper()
	layout, err := columns.NewLayout(schema, ids(schema))
	must(t, err)
	for _, f := range w.lake.Snapshots().Tables[schema.Table].Files {
		object, err := w.store.OpenAt(t.Context(), f.Key)
		must(t, err)
		r, err := columns.NewReader(object, object.Size(), layout)
		must(t, err)
		for {
			rows, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			for _, row := range rows {
				names = append(names, row.Series.MetricName)
			}
		}
		must(t, errors.Join(r.Close(), object.Close()))
	}
	slices.Sort(names)
	return names
}

// Points that landed before their namespace had a table of its own move to it by a rebuild.
func TestRebuildMovesNamespaces(t *testing.T) {
	other := limnograph.Schema{Table: limnograph.OtherTable}
	kafka := limnograph.Schema{Namespace: "AWS/Kafka", Table: "kafka", Dimensions: []limnograph.PromotedDimension{{Name: "JobName", Column: "topic"}}}
	w := newWorld(t, lake.Config{})
	schemas := []limnograph.Schema{other}
	open := func() {
		var err error
		w.lake, err = lake.New(w.store, w.snapshots, w.feed, func() []limnograph.Schema { return schemas }, lake.Config{Now: w.now})
		must(t, err)
		must(t, w.lake.Open(t.Context()))
	}
	curate := func(name string) {
		for more := true; more; {
			var err error
			more, err = w.lake.Curate(t.Context(), name)
			must(t, err)
		}
	}
	s := &sealed{feed: w.feed, perObject: 1}
	equal := func(when string) {
		t.Helper()
		report, err := w.lake.Verify(t.Context(), s, lake.VerifyOptions{})
		must(t, err)
		if !report.Equal() {
			t.Fatalf("%s: %+v", when, report)
		}
	}
	want := func(schema limnograph.Schema, metrics string) {
		t.Helper()
		if got := strings.Join(w.metrics(t, schema), " "); got != metrics {
			t.Fatalf("%s has %s, want %s", schema.Table, got, metrics)
		}
	}
	open()
	landOther(w, kafka.Namespace, -200, -60, -5)
	curate(other.Table)
	want(other, "kept kept kept latency latency latency")

	schemas = []limnograph.Schema{kafka, other}
	open()
	equal("before the move")
	_, err := w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{Table: "kafka", Range: limnograph.TimeRange{From: at(-90)}})
	must(t, err)
	want(other, "kept kept kept latency latency latency")

	result, err := w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{Table: "kafka"})
	must(t, err)
	if len(result.Tables) != 2 || result.Tables[0].Moved != 6 {
		t.Fatalf("%+v", result)
	}
	want(other, "kept kept kept")
	want(kafka, "latency latency latency")
	equal("after the move")

	w.clock = w.clock.Add(minutes10)
	_, err = w.lake.Compact(t.Context(), other.Table)
	must(t, err)
	curate(other.Table)
	open()
	landOther(w, kafka.Namespace, -2) // its definition was taken away for a while: it shows where it landed
	curate(other.Table)
	want(other, "kept kept kept kept latency")
	equal("with a line that landed after the move")
	_, err = w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{})
	must(t, err)
	want(other, "kept kept kept kept")
	want(kafka, "latency latency latency latency")
	equal("after another rebuild")
}

// An interrupted move leaves no row in neither table.
func TestRebuildMoveInterrupted(t *testing.T) {
	other := limnograph.Schema{Table: limnograph.OtherTable}
	kafka := limnograph.Schema{Namespace: "AWS/Kafka", Table: "kafka"}
	w := newWorld(t, lake.Config{})
	var err error
	w.lake, err = lake.New(w.store, w.snapshots, w.feed, func() []limnograph.Schema { return []limnograph.Schema{kafka, other} }, lake.Config{Now: w.now})
	must(t, err)
	landOther(w, kafka.Namespace, -60*24*3, -5)
	s := &sealed{feed: w.feed, perObject: 1}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = w.lake.Rebuild(ctx, s, lake.RebuildOptions{Progress: func(p lake.Progress) {
		if p.Table == other.Table && p.Done > 0 {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("the rebuild was not interrupted")
	}
	report, err := w.lake.Verify(t.Context(), s, lake.VerifyOptions{})
	must(t, err)
	for _, table := range report.Tables {
		if table.Missing > 0 || table.Twice > 0 {
			t.Fatalf("rows are in neither table, or twice in one: %+v", table)
		}
	}
	_, err = w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{})
	must(t, err)
	report, err = w.lake.Verify(t.Context(), s, lake.VerifyOptions{})
	must(t, err)
	if !report.Equal() {
		t.Fatalf("%+v", report)
	}
	if got := strings.Join(w.metrics(t, kafka), " ") + "|" + strings.Join(w.metrics(t, other), " "); got != "latency latency|kept kept" {
		t.Fatalf("got %s", got)
	}
}

func (w *world) now() time.Time { return w.clock }
