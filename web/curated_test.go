package web_test

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/web"
)

// curatedSet is a file set whose curated table is ahead of what is sealed.
func curatedSet(version uint64, committed time.Time, properties map[string]string) *limnograph.FileSet {
	set := fileSet(version)
	set.Tables = append(set.Tables, recordTable("job_runs"), recordTable("jobs"))
	set.Tables[0].Snapshot = &limnograph.Snapshot{ID: 5, Committed: committed, Properties: properties, Files: []limnograph.DataFile{
		{Key: "lake/glue_metrics/data/day=2026-11-24/1", Size: 70, Rows: 7, MinTime: noon.Add(-2 * time.Hour).UnixMilli(), MaxTime: noon.Add(-time.Minute).UnixMilli()},
		{Key: "lake/glue_metrics/data/day=2026-11-24/2", Size: 30, Rows: 3, MinTime: noon.Add(-3 * time.Hour).UnixMilli(), MaxTime: noon.Add(-time.Hour).UnixMilli()},
	}}
	return set
}

func recordTable(name string) limnograph.TableFiles {
	return limnograph.TableFiles{Schema: limnograph.Schema{Table: name, Records: &limnograph.RecordLayout{}}, Snapshot: &limnograph.Snapshot{}}
}

// startCurated runs a server whose panels read the curated table, and returns what publishes another file set.
func startCurated(t *testing.T, first *limnograph.FileSet) (f *fixture, publish func(*limnograph.FileSet)) {
	var set atomic.Pointer[limnograph.FileSet]
	set.Store(first)
	f = start(t, func(c *web.Config) { c.Panels, c.Files = "", set.Load })
	f.engine.answer("jobs", func(limnograph.Query) (limnograph.Rows, error) {
		return &table{columns: make([]limnograph.Column, 22)}, nil
	})
	return f, set.Store
}

// The status tells of what the page shows: rows show before their object is sealed.
func TestStatusOfCuratedTables(t *testing.T) {
	f, _ := startCurated(t, curatedSet(1, noon.Add(-3*time.Second), nil))
	got := decode[web.Status](t, f.do(t, call{}).body)
	got.Counters = nil
	asOf, newest, sealed := noon.Add(-3*time.Second), noon.Add(-time.Minute), noon.Add(-2*time.Minute)
	want := web.Status{Version: "1.2.3", AsOf: &asOf, NewestDatapoint: &newest, FileSet: 1, Tables: []web.TableStatus{
		{Table: "glue_metrics", Namespace: "Glue", Files: 2, Lines: 10, Bytes: 100, NewestDatapoint: &newest},
		{Table: "raw_glue_metrics", Namespace: "Glue", Files: 2, Lines: 15, Bytes: 150, NewestDatapoint: &sealed},
		{Table: "job_runs"},
		{Table: "jobs"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

// A commit without new data, such as that of a compaction, makes nothing newer.
func TestAsOfIsTheArrivalThatTheSnapshotNames(t *testing.T) {
	arrived := noon.Add(-time.Hour)
	f, publish := startCurated(t, curatedSet(1, noon, map[string]string{limnograph.ArrivalProperty: strconv.FormatInt(arrived.UnixMilli(), 10)}))
	if got := decode[web.Status](t, f.do(t, call{}).body); !got.AsOf.Equal(arrived) {
		t.Errorf("as of %v", got.AsOf)
	}
	set := fileSet(2)
	set.Tables[0].Snapshot = &limnograph.Snapshot{}
	publish(set)
	if got := decode[web.Status](t, f.do(t, call{}).body); got.AsOf != nil || got.NewestDatapoint != nil {
		t.Errorf("an empty table is as of %v, newest %v", got.AsOf, got.NewestDatapoint)
	}
}

// What was asked of the Glue API does not make old deliveries new; while there are none, it is all there is.
func TestAsOfIsThatOfDeliveries(t *testing.T) {
	delivered, asked := noon.Add(-time.Hour), noon.Add(-time.Second)
	set := curatedSet(1, delivered, nil)
	set.Tables[len(set.Tables)-1].Snapshot = &limnograph.Snapshot{ID: 1, Committed: asked}
	f, publish := startCurated(t, set)
	if got := decode[web.Status](t, f.do(t, call{}).body); got.AsOf == nil || !got.AsOf.Equal(delivered) {
		t.Errorf("as of %v", got.AsOf)
	}
	next := *set
	next.Version, next.Tables = 2, slices.Clone(set.Tables)
	next.Tables[0].Snapshot = &limnograph.Snapshot{}
	publish(&next)
	if got := decode[web.Status](t, f.do(t, call{}).body); got.AsOf == nil || !got.AsOf.Equal(asked) {
		t.Errorf("without deliveries as of %v", got.AsOf)
	}
}

// The panels read the curated table, and answer anew when its snapshot has changed.
func TestPanelsReadTheCuratedTable(t *testing.T) {
	f, publish := startCurated(t, curatedSet(1, noon, nil))
	f.do(t, call{path: "/api/v1/fleet"})
	f.do(t, call{path: "/api/v1/fleet"})
	if n := f.engine.count("runs"); n != 1 || !strings.Contains(f.engine.asked[0].SQL, "FROM job_runs\n") {
		t.Errorf("asked %d times: %s", n, f.engine.asked[0].SQL)
	}
	publish(curatedSet(2, noon.Add(5*time.Second), nil))
	f.clock.advance(time.Minute)
	if f.do(t, call{path: "/api/v1/fleet"}); f.engine.count("runs") != 2 {
		t.Errorf("after a commit asked %d times", f.engine.count("runs"))
	}
	publish(fileSet(3))
	f.clock.advance(time.Hour)
	if got := f.do(t, call{path: "/api/v1/fleet"}); got.StatusCode != 200 || f.engine.count("runs") != 2 {
		t.Errorf("without a curated table: status %d, asked %d times", got.StatusCode, f.engine.count("runs"))
	}
}

func TestTablesListsCuratedOnes(t *testing.T) {
	f, _ := startCurated(t, curatedSet(1, noon, nil))
	f.engine.answers["tables"] = func(limnograph.Query) (limnograph.Rows, error) {
		return &table{columns: columns("ts", "TIMESTAMP WITH TIME ZONE")}, nil
	}
	var names []string
	for _, table := range decode[web.Tables](t, f.do(t, call{path: "/api/v1/tables"}).body).Tables {
		names = append(names, table.Name+" "+table.Kind)
	}
	if want := []string{"glue_metrics table", "raw_glue_metrics table", "raw_glue_metrics_flat view", "job_runs table", "jobs table"}; !slices.Equal(names, want) {
		t.Errorf("tables %q", names)
	}
}
