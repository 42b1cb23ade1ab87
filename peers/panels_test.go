//go:build peers

package peers_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limnograph"
	"limnograph/panel"
	"limnograph/schema"
)

// close1e9 compares fractions as the last digits of a sum allow.
func close1e9() cmp.Option { return cmpopts.EquateApprox(1e-9, 0) }

// TestPageIsTheSameOnTrino: of an hour of a fleet, Trino and the embedded engine give the same page, and the fleet's own
// ledger agrees with both. The columns are those that the panels promise.
func TestPageIsTheSameOnTrino(t *testing.T) {
	hour := limnograph.TimeRange{From: firstDay.Add(9 * time.Hour), To: firstDay.Add(10 * time.Hour)}
	h := simulate(t, 24, hour.From, hour.To)
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	l := newLake(t, catalog, store)
	l.publish(schema.Builtin()[0])
	h.store(t, l.s3, l.bucket)
	for _, p := range h.partitions(t) {
		l.register("glue_metrics", p)
	}
	engines := map[string]limnograph.Engine{"Trino": openTrino(t, l, catalog, store), "DuckDB": h.embedded(t)}
	pages := make(map[string]page)
	for name, engine := range engines {
		pages[name] = pageOf(t, engine, hour)
	}
	if diff := cmp.Diff(pages["DuckDB"], pages["Trino"], close1e9()); diff != "" {
		t.Errorf("the page (-DuckDB +Trino):\n%s", diff)
	}
	expectLedger(t, h, pages["Trino"].Fleet)
}

// page is what the browser shows of the hour.
type page struct {
	Fleet panel.Fleet
	Load  panel.LoadSeries
	Run   panel.RunDetail // the first run of the first job that has one
}

func pageOf(t *testing.T, e limnograph.Engine, r limnograph.TimeRange) (p page) {
	t.Helper()
	span := map[string]any{"from": r.From, "to": r.To}
	var err error
	p.Fleet, err = panel.BuildFleet(panel.Rows{Runs: panelRows(t, e, panel.Runs, span, r, panel.ReadRuns)},
		panel.Moment{AsOf: r.To, ReadFrom: r.From, From: r.From, To: r.To}, panel.Filter{}, panel.Page{})
	if err != nil {
		t.Fatal(err)
	}
	rows := panelRows(t, e, panel.Load, map[string]any{"from": r.From, "to": r.To, "step": int64(300)}, r, panel.ReadLoad)
	p.Load = panel.BuildLoad(rows, r.From, r.To, 5*time.Minute, panel.Filter{})
	for _, job := range p.Fleet.Jobs {
		if len(job.Runs) == 0 {
			continue
		}
		account, name, id := job.AccountID, job.JobName, job.Runs[0].RunID
		minutes := panelRows(t, e, panel.RunSeries, map[string]any{
			"from": r.From, "to": r.To, "account": account, "job": name, "run": id,
		}, r, panel.ReadRunSeries)
		if p.Run, err = panel.BuildRunDetail(minutes, nil, account, name, id); err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Fatal("no job has a run")
	return p
}

func panelRows[T any](t *testing.T, e limnograph.Engine, name string, params map[string]any, r limnograph.TimeRange, read func(limnograph.Rows) ([]T, error)) []T {
	t.Helper()
	panels, err := panel.Builtin(panel.Flat)
	if err != nil {
		t.Fatal(err)
	}
	q, err := panels[name].Query(params, r)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := e.Query(t.Context(), admin, q)
	if err != nil {
		t.Fatalf("%s on %T: %v", name, e, err)
	}
	defer rows.Close()
	if diff := cmp.Diff(panels[name].Columns, rows.Columns()); diff != "" {
		t.Errorf("columns of %s (-header +%T):\n%s", name, e, diff)
	}
	list, err := read(rows)
	if err != nil || len(list) == 0 {
		t.Fatalf("%s on %T: %d rows, %v", name, e, len(list), err)
	}
	return list
}

// expectLedger compares the records read per job.
func expectLedger(t *testing.T, h *history, f panel.Fleet) {
	t.Helper()
	got, want := make(map[string]int64), make(map[string]int64)
	for _, j := range f.Jobs {
		if j.RecordsRead != nil {
			got[j.AccountID+"/"+j.JobName] = *j.RecordsRead
		}
	}
	for _, row := range h.fleet.Ledger([]limnograph.TimeRange{h.span}) {
		if row.RecordsRead > 0 {
			want[row.AccountID+"/"+row.JobName] = row.RecordsRead
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 10 {
		t.Errorf("%d jobs (-ledger +page):\n%s", len(got), diff)
	}
}
