package panel_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/panel"
	"limnograph/simulator"
)

// simulated is a lake of the demonstration fleet's datapoints, with the truth about them.
func simulated(t testing.TB, r limnograph.TimeRange) (*lake, *simulator.Fleet) {
	t.Helper()
	fleet, err := simulator.NewFleet(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	byHour, g, n := make(map[time.Time][]string), fleet.Generator(), 0
	for hour := r.From; hour.Before(r.To); hour = hour.Add(time.Hour) {
		for line := range g.Lines(limnograph.TimeRange{From: hour, To: hour.Add(time.Hour)}) {
			n++
			body := strings.TrimSuffix(string(line), "}\n")
			byHour[hour] = append(byHour[hour], fmt.Sprintf(`%s,"limno_position":%d}`, body, n))
		}
	}
	t.Logf("%d datapoints", n)
	l := &lake{world: openWorld(t, byHour)}
	l.record(t)
	return l, fleet
}

// figures are what the ledger and the panel both know of a job.
type figures struct {
	Runs, Failed, Read int64
	Written            int64 // -1: not reported
}

// The fleet's answer over simulated datapoints is the truth of the ledger.
func TestFleetEqualsTheLedger(t *testing.T) {
	r := limnograph.TimeRange{From: noon.Add(-4 * time.Hour), To: noon}
	l, fleet := simulated(t, r)
	onEachSource(t, l, func(t *testing.T, l *lake) { expectLedger(t, l, fleet, r) })
	expectSameJSON(t, l, fleet, r)
}

func expectLedger(t *testing.T, l *lake, fleet *simulator.Fleet, r limnograph.TimeRange) {
	rows := ask(t, l, panel.Runs, map[string]any{"from": r.From, "to": r.To}, panel.ReadRuns)
	answer, err := panel.BuildFleet(panel.Rows{Runs: rows}, panel.Moment{AsOf: noon, ReadFrom: r.From, From: r.From, To: r.To}, panel.Filter{}, panel.Page{})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]figures)
	for _, j := range answer.Jobs {
		f := figures{Runs: int64(len(j.Runs)), Written: -1}
		for _, run := range j.Runs {
			if run.Phase == panel.Failed {
				f.Failed++
			}
		}
		if j.RecordsRead != nil {
			f.Read = *j.RecordsRead
		}
		if j.RecordsWritten != nil {
			f.Written = *j.RecordsWritten
		}
		got[j.AccountID+"/"+j.JobName] = f
	}
	want := make(map[string]figures)
	for _, row := range fleet.Ledger([]limnograph.TimeRange{r}) {
		f := figures{Runs: row.RunsStarted, Read: row.RecordsRead, Written: -1}
		if row.OutcomeReported {
			f.Failed = row.RunsFailed
		}
		if row.RecordsWrittenReported {
			f.Written = row.RecordsWritten
		}
		want[row.AccountID+"/"+row.JobName] = f
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 20 {
		t.Errorf("%d jobs (-ledger +fleet):\n%s", len(got), diff)
	}
}

// expectSameJSON compares what the page gets of run records with what it gets of the datapoints that have landed. Records
// know no latest minute, and say why numbers are missing in words of their own.
func expectSameJSON(t *testing.T, l *lake, fleet *simulator.Fleet, r limnograph.TimeRange) {
	t.Helper()
	run := fleet.Runs(r.To.Add(-2*time.Hour), r.To)[0]
	answers := make(map[panel.Source]string)
	for _, from := range []panel.Source{panel.Curated, panel.Flat} {
		answers[from] = answersOf(t, l.reading(from), r, run)
	}
	if diff := cmp.Diff(answers[panel.Flat], answers[panel.Curated]); diff != "" || len(answers[panel.Flat]) < 10_000 {
		t.Errorf("answers of %d bytes (-landed +curated):\n%s", len(answers[panel.Flat]), diff)
	}
}

// answersOf is the JSON of the fleet and of one run.
func answersOf(t *testing.T, l *lake, r limnograph.TimeRange, run simulator.Run) string {
	t.Helper()
	m := panel.Moment{AsOf: noon, ReadFrom: r.From, From: r.From, To: r.To}
	rows := ask(t, l, panel.Runs, map[string]any{"from": r.From, "to": r.To}, panel.ReadRuns)
	answer, err := panel.BuildFleet(panel.Rows{Runs: rows}, m, panel.Filter{}, panel.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range answer.Jobs {
		answer.Jobs[i].Now, answer.Jobs[i].RecordsReason = nil, ""
	}
	minutes := ask(t, l, panel.RunSeries, map[string]any{
		"from": r.From, "to": r.To, "account": run.Job.AccountID, "job": run.Job.Name, "run": run.ID,
	}, panel.ReadRunSeries)
	detail, err := panel.BuildRunDetail(minutes, nil, run.Job.AccountID, run.Job.Name, run.ID)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent([]any{answer, detail}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// BenchmarkPanels asks each panel over a day of the demonstration fleet, over what is curated and over what has landed.
func BenchmarkPanels(b *testing.B) {
	r := limnograph.TimeRange{From: noon.Add(-24 * time.Hour), To: noon}
	l, fleet := simulated(b, r)
	for _, from := range []panel.Source{panel.Curated, panel.Flat} {
		b.Run(string(from), func(b *testing.B) { benchmarkPanels(b, l.reading(from), fleet, r) })
	}
}

func benchmarkPanels(b *testing.B, l *lake, fleet *simulator.Fleet, r limnograph.TimeRange) {
	span := map[string]any{"from": r.From, "to": r.To}
	b.Run("runs", func(b *testing.B) {
		for b.Loop() {
			rows := ask(b, l, panel.Runs, span, panel.ReadRuns)
			b.ReportMetric(float64(len(rows)), "rows")
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if l.from == panel.Flat {
				ask(b, l, panel.Load, map[string]any{"from": r.From, "to": r.To, "step": int64(300)}, panel.ReadLoad)
			} else {
				panel.SpreadLoad(ask(b, l, panel.Load, span, panel.ReadLoadRuns), r.From, r.To, 5*time.Minute)
			}
		}
	})
	b.Run("roll_up", func(b *testing.B) {
		for b.Loop() {
			b.ReportMetric(float64(len(l.rollUp(b, r.To.Add(-10*time.Minute), r.To))), "rows")
		}
	})
	run := fleet.Runs(noon.Add(-2*time.Hour), noon)[0]
	b.Run("run_series", func(b *testing.B) {
		for b.Loop() {
			ask(b, l, panel.RunSeries, map[string]any{
				"from": run.Start().Add(-time.Minute), "to": run.End().Add(time.Minute), "account": run.Job.AccountID, "job": run.Job.Name, "run": run.ID,
			}, panel.ReadRunSeries)
		}
	})
}
