package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
	"limnograph/record"
	"limnograph/schema"
	"limnograph/sqlite"
)

// sources are what a joined file set is made of.
type sources struct {
	raw       *limnograph.FileSet
	snapshots map[string]*limnograph.Snapshot
}

func (s *sources) join() *published {
	p := newPublished(func() *limnograph.FileSet { return s.raw }, func() map[string]*limnograph.Snapshot { return s.snapshots }, schema.Builtin)
	p.now = func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	return p
}

// Landing and curated tables stand side by side, whichever of the two a table has.
func TestPublishedIsTheUnion(t *testing.T) {
	glue := schema.Builtin()[0]
	landed := limnograph.TableFiles{Schema: schema.Other(), Files: []limnograph.File{{Key: "a"}}}
	curated, found := &limnograph.Snapshot{ID: 7}, &limnograph.Snapshot{}
	s := &sources{
		&limnograph.FileSet{Version: 9, Tables: []limnograph.TableFiles{landed}},
		map[string]*limnograph.Snapshot{"glue_metrics": curated, "zebra": found},
	}
	got := s.join().FileSet()
	want := []limnograph.TableFiles{{Schema: glue, Snapshot: curated}, landed, {Schema: schema.Unknown("zebra"), Snapshot: found}}
	if diff := cmp.Diff(want, got.Tables); diff != "" || got.Published.IsZero() {
		t.Errorf("published %v (-want +got):\n%s", got.Published, diff)
	}
	s.raw = &limnograph.FileSet{Tables: []limnograph.TableFiles{{Schema: glue, Files: landed.Files}, landed}}
	both := s.join().FileSet().Tables
	if len(both) != 3 || both[0].Snapshot != curated || len(both[0].Files) != 1 || both[1].Snapshot != nil {
		t.Errorf("tables %+v", both)
	}
	if s.raw.Tables[0].Snapshot != nil {
		t.Error("what was published of landing has changed")
	}
}

// A record table has columns of its own, whoever knows definitions, and nothing in the catalogue.
func TestPublishedRecordTables(t *testing.T) {
	s := &sources{&limnograph.FileSet{}, map[string]*limnograph.Snapshot{"job_runs": {ID: 1}, "jobs": {ID: 2}, "job_run_errors": {}}}
	got := s.join().FileSet().Tables
	want := []limnograph.TableFiles{
		{Schema: record.Errors().Schema(), Snapshot: s.snapshots["job_run_errors"]},
		{Schema: record.Runs().Schema(), Snapshot: s.snapshots["job_runs"]},
		{Schema: record.Jobs().Schema(), Snapshot: s.snapshots["jobs"]},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	for _, table := range got {
		if timeless := table.Schema.Records.Timeless; timeless != (table.Schema.Table == "jobs") {
			t.Errorf("%s: a time range of a query may leave out files: %v", table.Schema.Table, !timeless)
		}
	}
}

// Without a server too, what the directory holds of runs and jobs is published.
func TestDirectoryPublishesRecordTables(t *testing.T) {
	data := t.TempDir()
	catalog, err := sqlite.Open(t.Context(), catalogPath(data), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := catalog.Close(); err != nil {
		t.Fatal(err)
	}
	from := reader{snapshots: map[string]limnograph.Snapshot{"job_runs": {ID: 3}, "jobs": {ID: 4}}}
	set, err := publishedFiles(t.Context(), config.Config{Data: data}, from)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range set.Tables {
		if table.Schema.Records != nil && table.Snapshot != nil {
			names = append(names, table.Schema.Table)
		}
	}
	if !slices.Equal(names, []string{"job_runs", "jobs"}) {
		t.Errorf("published %v", names)
	}
}

// The picture stays the same one until a part of it changes; each new one has a greater version.
func TestPublishedGrows(t *testing.T) {
	s := &sources{}
	p := s.join()
	if got := p.FileSet(); got != nil {
		t.Errorf("before anything is known: %+v", got)
	}
	first, second := &limnograph.Snapshot{ID: 1}, &limnograph.Snapshot{ID: 2}
	var last *limnograph.FileSet
	for step, change := range []func(){
		func() { s.raw = &limnograph.FileSet{Version: 5} },
		func() { s.snapshots = map[string]*limnograph.Snapshot{"glue_metrics": first} },
		func() { s.snapshots = map[string]*limnograph.Snapshot{"glue_metrics": second} },
		func() { s.raw = &limnograph.FileSet{Version: 6} },
		func() { s.snapshots = nil },
	} {
		change()
		got := p.FileSet()
		if got == nil || last != nil && got.Version <= last.Version {
			t.Fatalf("step %d: %+v after %+v", step, got, last)
		}
		if again := p.FileSet(); again != got {
			t.Errorf("step %d: the picture changed without a cause", step)
		}
		last = got
	}
}

// reader answers with fixed snapshots.
type reader struct {
	limnograph.SnapshotReader
	snapshots map[string]limnograph.Snapshot
	err       error
}

func (r reader) Current(_ context.Context, table string) (limnograph.Snapshot, error) {
	s, ok := r.snapshots[table]
	if !ok && r.err == nil {
		return s, &limnograph.Error{Code: limnograph.CodeNotFound}
	}
	return s, r.err
}

func TestCurrentSnapshots(t *testing.T) {
	schemas := []limnograph.Schema{schema.Builtin()[0], schema.Other()}
	got, err := currentSnapshots(t.Context(), reader{snapshots: map[string]limnograph.Snapshot{"glue_metrics": {ID: 3}}}, schemas)
	if diff := cmp.Diff(map[string]*limnograph.Snapshot{"glue_metrics": {ID: 3}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	damaged := &limnograph.Error{Code: limnograph.CodeInternal}
	if _, err := currentSnapshots(t.Context(), reader{err: damaged}, schemas); limnograph.ErrorCode(err) != limnograph.CodeInternal {
		t.Errorf("error %v", err)
	}
}
