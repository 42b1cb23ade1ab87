package duckdb_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"limnograph"
	"limnograph/duckdb"
)

// holder stands for a cache: it gives out paths and counts who holds them.
type holder struct {
	mu    sync.Mutex
	holds [][]limnograph.File // in the order of the calls
	open  int                 // holds that were not given back
	err   error               // what the next holds answer
}

func (h *holder) hold(l **lake) func(ctx context.Context, files []limnograph.File) ([]string, func(), error) {
	return func(_ context.Context, files []limnograph.File) (paths []string, release func(), err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.holds = append(h.holds, files)
		if h.err != nil {
			return nil, nil, h.err
		}
		for _, f := range files {
			paths = append(paths, filepath.Join((*l).dir, filepath.FromSlash(f.Key)))
		}
		h.open++
		return paths, sync.OnceFunc(func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.open--
		}), nil
	}
}

func (h *holder) held() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open
}

// last lists the keys of the newest hold.
func (h *holder) last() (keys []string) {
	for _, f := range h.holds[len(h.holds)-1] {
		keys = append(keys, f.Key)
	}
	return keys
}

func newHeldLake(t *testing.T) (*lake, *holder) {
	h := &holder{}
	var l *lake
	l = newLake(t, func(c *duckdb.Config) { c.Hold, c.MaxConcurrent = h.hold(&l), 2 })
	return l, h
}

// The files of all tables of a query are held in one step, for as long as the query is open.
func TestFilesAreHeldForTheQuery(t *testing.T) {
	l, h := newHeldLake(t)
	a := l.object(noon, point{}.line())
	b := l.objectOf("other_metrics", "default", noon.Add(time.Hour), point{}.line())
	rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: `SELECT count(*) FROM raw_glue_metrics_flat, raw_other_metrics`})
	if err != nil {
		t.Fatal(err)
	}
	if h.held() != 1 || len(h.holds) != 1 {
		t.Errorf("%d holds, %d open", len(h.holds), h.held())
	}
	if keys := h.last(); len(keys) != 2 || !slices.Contains(keys, a.Key) || !slices.Contains(keys, b.Key) {
		t.Errorf("held %v", keys)
	}
	if got, err := read(rows); err != nil || len(got) != 1 || got[0] != "1" {
		t.Errorf("rows %v, %v", got, err)
	}
	if err := errors.Join(rows.Close(), rows.Close()); err != nil || h.held() != 0 {
		t.Errorf("%d open after the end, %v", h.held(), err)
	}
	if l.query(`SELECT 1`); len(h.last()) != 0 {
		t.Errorf("a query over no table held %v", h.last())
	}
}

// However a query ends, its files are given back.
func TestFilesAreGivenBack(t *testing.T) {
	l, h := newHeldLake(t)
	l.object(noon, point{}.line())
	cancelled, cancel := context.WithCancel(t.Context())
	for name, end := range map[string]func() error{
		"WrongSQL": func() error {
			_, err := l.run(limnograph.Query{SQL: `SELECT nothing FROM raw_glue_metrics`})
			return err
		},
		"FailsToRun": func() error {
			_, err := l.run(limnograph.Query{SQL: `SELECT error('x') FROM raw_glue_metrics`})
			return err
		},
		"FailsToWrite": func() error { return l.engine.Export(t.Context(), admin, l.all(), broken{}) },
		"TimeLimit": func() error {
			_, err := l.run(limnograph.Query{SQL: `SELECT count(*) FROM raw_glue_metrics, range(1000000000) a, range(1000) b WHERE hash(a.range, b.range) = 1`, Timeout: 200 * time.Millisecond})
			return err
		},
		"Cancelled": func() error {
			rows, err := l.engine.Query(cancelled, admin, l.all())
			if err != nil {
				return err
			}
			cancel()
			_, err = read(rows)
			return errors.Join(err, rows.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := end(); err == nil {
				t.Error("no error")
			}
			if h.held() != 0 {
				t.Errorf("%d holds are open", h.held())
			}
		})
	}
	var out bytes.Buffer
	if err := l.engine.Export(t.Context(), admin, l.all(), &out); err != nil || h.held() != 0 || out.Len() == 0 {
		t.Errorf("export: %v, %d open, %d bytes", err, h.held(), out.Len())
	}
}

func (l *lake) all() limnograph.Query { return limnograph.Query{SQL: `SELECT * FROM raw_glue_metrics`} }

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestErrHoldIsThatOfTheQuery(t *testing.T) {
	l, h := newHeldLake(t)
	l.object(noon, point{}.line())
	h.err = &limnograph.Error{Code: limnograph.CodeTooLarge, Message: "too much"}
	for range 4 { // more than may run at a time: each gives its place back
		if _, err := l.run(l.all()); limnograph.ErrorCode(err) != limnograph.CodeTooLarge {
			t.Errorf("error %v", err)
		}
	}
	h.err = nil
	if got, err := l.run(l.all()); err != nil || len(got) != 1 {
		t.Errorf("rows %v, %v", got, err)
	}
}

// Objects whose bounds are unknown count by their arrival: datapoints come up to 2 h before and 15 days after their time.
func TestPruningByArrival(t *testing.T) {
	l, h := newHeldLake(t)
	span := limnograph.TimeRange{From: noon, To: noon.Add(24 * time.Hour)}
	want := map[string]bool{}
	for _, c := range []struct {
		arrival time.Time
		kept    bool
	}{
		{span.From.Add(-2*time.Hour - time.Millisecond), false},
		{span.From.Add(-2 * time.Hour), true},
		{span.From, true},
		{span.To.Add(15 * 24 * time.Hour), true},
		{span.To.Add(15*24*time.Hour + time.Millisecond), false},
		{noon.AddDate(-1, 0, 0), false},
		{noon.AddDate(1, 0, 0), false},
	} {
		want[l.object(c.arrival, point{}.line()).Key] = c.kept
	}
	firehose := l.object(noon.AddDate(-1, 0, 0), point{}.line())
	files := l.tables["glue_metrics"].Files
	files[len(files)-1].Key = filepath.Dir(firehose.Key) + "/s-1-" + noon.AddDate(-1, 0, 0).Format("2006-01-02-15-04-05") + "-00112233-4455-6677-8899-aabbccddeeff.gz"
	if _, err := l.run(limnograph.Query{SQL: `SELECT * FROM raw_glue_metrics`, Range: span}); err != nil {
		t.Fatal(err)
	}
	kept := h.last()
	for key, keep := range want {
		if slices.Contains(kept, key) != keep {
			t.Errorf("%s: kept %v, want %v", key, !keep, keep)
		}
	}
	if len(kept) != 3 || !slices.IsSorted(kept) {
		t.Errorf("held %v", kept)
	}
}

// A person's filters on the partitions decide which files are fetched; whatever else they say fetches more, never less.
func TestOnlyWantedPartitionsAreHeld(t *testing.T) {
	l, h := newHeldLake(t)
	for day := range 3 {
		for hour := range 4 {
			l.objectOf("glue_metrics", "a b", noon.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour), point{}.line())
			l.objectOf("glue_metrics", "it's", noon.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour), point{}.line())
		}
	}
	l.objectOf("other_metrics", "a b", noon, point{}.line())
	for sql, want := range map[string]int{
		`SELECT count(*) FROM raw_glue_metrics`:                                                                                      24,
		`SELECT count(*) FROM raw_glue_metrics WHERE day = '25'`:                                                                     8,
		`SELECT count(*) FROM raw_glue_metrics WHERE year = '2026' AND month = '11' AND day = '25' AND hour = '13'`:                  2,
		`SELECT count(*) FROM raw_glue_metrics WHERE sender = 'a b' AND day = '25'`:                                                  4,
		`SELECT count(*) FROM raw_glue_metrics WHERE sender = 'it''s'`:                                                               12,
		`SELECT count(*) FROM raw_glue_metrics WHERE day = ')(' OR day = '24'`:                                                       8,
		`SELECT count(*) FROM raw_glue_metrics_flat WHERE day = '25' AND "sum" > 0;`:                                                 8,
		`SELECT count(*) FROM raw_glue_metrics_flat WHERE year || '-' || month || '-' || day >= '2026-11-25'`:                        16,
		`SELECT count(*) FROM raw_glue_metrics WHERE day BETWEEN '25' AND '26' AND hour IN ('12', '15')`:                             8,
		`SELECT count(*) FROM raw_glue_metrics WHERE day = '25' OR metric_name = 'x'`:                                                24,
		`SELECT count(*) FROM raw_glue_metrics WHERE false`:                                                                          0,
		`SELECT count(*) FROM raw_glue_metrics x JOIN raw_glue_metrics y USING (metric_name) WHERE x.day = '24' AND y.day = '26'`:    16,
		`SELECT count(*) FROM raw_glue_metrics x, raw_other_metrics y WHERE x.day = '25' AND y.day = '24'`:                           17,
		`SELECT (SELECT count(*) FROM raw_glue_metrics WHERE day = '24') + (SELECT count(*) FROM raw_glue_metrics WHERE day = '25')`: 16,
		`WITH d AS (SELECT max(day) AS last FROM raw_glue_metrics) SELECT count(*) FROM raw_glue_metrics, d WHERE day = last`:        24,
		`SELECT count(*) FROM raw_glue_metrics WHERE day = '25' UNION ALL SELECT count(*) FROM raw_glue_metrics`:                     24,
		`SELECT count(*) FROM raw_glue_metrics WHERE CAST(day AS integer) = 25`:                                                      24,
	} {
		t.Run(sql, func(t *testing.T) {
			got := l.query(sql)
			if n := len(h.last()); n != want {
				t.Errorf("%d files were held, want %d", n, want)
			}
			h.everything(t, l, sql, got)
		})
	}
	if h.held() != 0 {
		t.Errorf("%d holds are open", h.held())
	}
}

// A statement that can't run is refused before anything is fetched for it.
func TestErrWrongStatementHoldsNothing(t *testing.T) {
	l, h := newHeldLake(t)
	l.object(noon, point{}.line())
	_, err := l.run(limnograph.Query{SQL: "SELECT count(*)\nFROM raw_glue_metrics_flat WHERE hour = '12'"})
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), `"hour" not found`) || !strings.Contains(err.Error(), "LINE 2:") {
		t.Errorf("error %v", err)
	}
	if len(h.holds) > 0 {
		t.Errorf("held %v", h.holds)
	}
}

// everything compares an answer with that of an engine that has all files at hand.
func (h *holder) everything(t *testing.T, l *lake, sql string, got []string) {
	t.Helper()
	plain, err := duckdb.Open(t.Context(), duckdb.Config{
		Files: l.files, TempDir: t.TempDir(),
		Path: func(key string) string { return filepath.Join(l.dir, filepath.FromSlash(key)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	rows, err := plain.Query(t.Context(), admin, limnograph.Query{SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if want, err := read(rows); err != nil || !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v, %v", got, want, err)
	}
}
