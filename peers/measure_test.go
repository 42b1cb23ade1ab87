//go:build peers

package peers_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/objectkey"
	"limnograph/panel"
	"limnograph/schema"
)

// The page's queries over a day of 60 jobs give the same rows on Trino and on DuckDB over the same objects. With -v the
// test prints what docs/performance.md says about them.
func TestPanelsOfADayOnBothEngines(t *testing.T) {
	day := limnograph.TimeRange{From: firstDay, To: firstDay.AddDate(0, 0, 1)}
	h := simulate(t, 60, day.From, day.To)
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	l := newLake(t, catalog, store)
	l.publish(schema.Builtin()[0])
	h.store(t, l.s3, l.bucket)
	for _, p := range h.partitions(t) {
		l.register("glue_metrics", p)
	}
	trino, embedded := openTrino(t, l, catalog, store), h.embedded(t)

	queries := pageQueries(t, embedded, day)
	query(t, trino, queries[0]) // the first question finds a cold engine
	table := []string{fmt.Sprintf("%d objects, %d bytes, %d CPUs", len(h.files), h.size(time.Time{}), runtime.NumCPU())}
	for _, q := range queries {
		mine, second := measure(t, trino, q), measure(t, embedded, q)
		if diff := cmp.Diff(second.rows, mine.rows, close1e9()); diff != "" {
			t.Errorf("%s: DuckDB (-) and Trino (+) differ:\n%s", q.Name, diff)
		}
		if mine.usage.BytesScanned == 0 || len(mine.rows) == 0 {
			t.Errorf("%s: Trino read %d bytes for %d rows", q.Name, mine.usage.BytesScanned, len(mine.rows))
		}
		table = append(table, fmt.Sprintf("%-20s %6d rows | Trino %10d bytes %6.2f s | DuckDB %6.2f s",
			q.Name, len(mine.rows), mine.usage.BytesScanned, mine.took.Seconds(), second.took.Seconds()))
	}
	t.Logf("the page's queries:\n%s", strings.Join(table, "\n"))
}

type measured struct {
	rows  [][]any // in order
	usage limnograph.Usage
	took  time.Duration
}

func measure(t *testing.T, engine limnograph.Engine, q limnograph.Query) measured {
	t.Helper()
	began := time.Now()
	rows, usage := query(t, engine, q)
	return measured{rows: inOrder(rows), usage: usage, took: time.Since(began)}
}

// pageQueries are those of the fleet, of the load and of one run, for the last hours of the day and for all of it.
func pageQueries(t *testing.T, engine limnograph.Engine, day limnograph.TimeRange) (queries []limnograph.Query) {
	t.Helper()
	panels, err := panel.Builtin(panel.Flat)
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string, p panel.Panel, r limnograph.TimeRange, more map[string]any) {
		params := map[string]any{"from": r.From, "to": r.To}
		for k, v := range more {
			params[k] = v
		}
		q, err := p.Query(params, r)
		if err != nil {
			t.Fatal(err)
		}
		q.Name = name
		queries = append(queries, q)
	}
	hours := limnograph.TimeRange{From: day.To.Add(-2 * time.Hour), To: day.To}
	run := longestRun(t, engine)
	add("fleet, a day", panels[panel.Runs], day, nil)
	add("fleet, two hours", panels[panel.Runs], hours, nil)
	add("load, a day", panels[panel.Load], day, map[string]any{"step": int64(900)})
	add("one run", panels[panel.RunSeries], run.span, map[string]any{"account": run.account, "job": run.job, "run": run.id})
	return queries
}

type run struct {
	account, job, id string
	span             limnograph.TimeRange
}

// longestRun finds the run with the most minutes.
func longestRun(t *testing.T, engine limnograph.Engine) run {
	t.Helper()
	rows, _ := query(t, engine, limnograph.Query{SQL: `SELECT account_id, job_name, job_run_id, min(ts), max(ts), count(DISTINCT ts)
FROM raw_glue_metrics_flat WHERE NOT is_total GROUP BY 1, 2, 3 ORDER BY 6 DESC, 3 LIMIT 1`})
	r := rows[0]
	return run{
		account: r[0].(string), job: r[1].(string), id: r[2].(string),
		span: limnograph.TimeRange{From: r[3].(time.Time), To: r[4].(time.Time).Add(time.Minute)},
	}
}

// partitions are those of the objects, each once.
func (h *history) partitions(t testing.TB) (parts []limnograph.Partition) {
	t.Helper()
	seen := map[limnograph.Partition]bool{}
	for _, f := range h.files {
		_, p, err := objectkey.PartitionOf(f.Key)
		if err != nil {
			t.Fatal(err)
		}
		if !seen[p] {
			seen[p] = true
			parts = append(parts, p)
		}
	}
	return parts
}
