package openquery_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/duckdb"
	"limnograph/iceberg"
	"limnograph/lake"
	"limnograph/landing"
	"limnograph/localdir"
	"limnograph/metricstream"
)

const table = "glue_metrics"

func glue() limnograph.Schema {
	return limnograph.Schema{
		Namespace: "Glue", Table: table,
		Dimensions: []limnograph.PromotedDimension{{Name: "JobName", Column: "job_name"}, {Name: "JobRunId", Column: "job_run_id"}},
	}
}

// server is landing, lake and engine over one directory. Its clock moves by hand.
type server struct {
	t      *testing.T
	store  *localdir.Store
	lander *landing.Lander
	lake   *lake.Lake
	engine *duckdb.Engine
	clock  time.Time
	sent   int
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, clock: time.Date(2025, 11, 24, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return s.clock }
	dir := t.TempDir()
	var err error
	s.store, err = localdir.Open(dir)
	s.must(err)
	s.lander, err = landing.New(t.Context(), s.store, s.store, nil, landing.Config{Now: now})
	s.must(err)
	tables, err := iceberg.Open(t.Context(), iceberg.Config{Root: dir, Objects: s.store, Now: now})
	s.must(err)
	feed := landing.NewFeed(s.lander, s.store)
	s.lake, err = lake.New(s.store, tables, feed, func() []limnograph.Schema { return []limnograph.Schema{glue()} }, lake.Config{Now: now})
	s.must(err)
	s.must(s.lake.Open(t.Context()))
	s.engine, err = duckdb.Open(t.Context(), duckdb.Config{Files: s.files, Path: s.store.Path, HoldData: s.lake.Hold, TempDir: t.TempDir()})
	s.must(err)
	t.Cleanup(func() { s.must(errors.Join(s.engine.Close(), feed.Close(), tables.Close())) })
	return s
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// files is what the engine sees.
func (s *server) files() *limnograph.FileSet {
	return &limnograph.FileSet{Version: 1, Tables: []limnograph.TableFiles{{Schema: glue(), Snapshot: s.lake.Snapshots().Tables[table]}}}
}

// send lands n datapoints of the present minute, and curates them.
func (s *server) send(n int) {
	s.t.Helper()
	var text strings.Builder
	for range n {
		fmt.Fprintf(&text, `{"metric_stream_name":"s","account_id":"1","region":"r","namespace":"Glue","metric_name":"m","dimensions":{"JobName":"job-%d","JobRunId":"jr"},"timestamp":%d,"value":{"max":1.0,"min":1.0,"sum":1.0,"count":1.0},"unit":"Count"}`+"\n",
			s.sent, s.clock.UnixMilli())
		s.sent++
	}
	split := metricstream.NewSplitter(func(string) string { return table })
	split.Reset(nil)
	split.Add(0, []byte(text.String()))
	s.must(s.lander.Append(s.t.Context(), &limnograph.Batch{Sender: "a", Stream: "s", RequestID: "r", Arrival: s.clock, Parts: split.Parts()}))
	_, err := s.lake.Curate(s.t.Context(), table)
	s.must(err)
}

// present counts the files that are there.
func (s *server) present(files []limnograph.DataFile) (n int) {
	for _, f := range files {
		if _, err := os.Stat(s.store.Path(f.Key)); err == nil {
			n++
		}
	}
	return n
}

// outdate merges what the table has, and commits until no retained snapshot names it any more.
func (s *server) outdate() {
	s.t.Helper()
	s.clock = s.clock.Add(2 * time.Hour)
	done, err := s.lake.Compact(s.t.Context(), table)
	if s.must(err); done == 0 {
		s.t.Fatal("nothing was merged")
	}
	for range 20 {
		s.clock = s.clock.Add(time.Minute)
		s.send(1)
	}
	s.must(s.lake.Expire(s.t.Context(), table))
}

// sweep sweeps for longer than the longest query may take.
func (s *server) sweep() {
	s.t.Helper()
	for range 4 {
		_, err := s.lake.Sweep(s.t.Context(), table)
		s.must(err)
		s.clock = s.clock.Add(time.Hour)
	}
}

func TestQueryOpenWhileExpiryDeletesItsFilesOnDuckDB(t *testing.T) {
	s := newServer(t)
	for range 3 {
		s.send(20_000)
	}
	files := s.lake.Snapshots().Tables[table].Files
	rows, err := s.engine.Query(t.Context(), limnograph.Principal{Name: "admin", Admin: true}, limnograph.Query{SQL: `SELECT job_name, job_run_id, metric_name, sum FROM ` + table})
	s.must(err)
	defer rows.Close()
	_, err = rows.Next()
	s.must(err)
	s.outdate()
	s.sweep()
	if n := s.present(files); n != len(files) {
		t.Fatalf("%d of %d files of an open query are left", n, len(files))
	}
	read := 1
	for ; ; read++ {
		if _, err := rows.Next(); errors.Is(err, io.EOF) {
			break
		}
		s.must(err)
	}
	if read != 60_000 {
		t.Errorf("the query read %d rows", read)
	}
	s.must(rows.Close())
	s.sweep()
	if n := s.present(files); n != 0 {
		t.Errorf("%d files are left after the query", n)
	}
}
