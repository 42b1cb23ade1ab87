package simulator_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/simulator"
)

// The ledger, which never sees a line, equals what someone counts who has nothing but the lines.
func TestLedgerEqualsNaiveCount(t *testing.T) {
	at := func(day, h, m int) time.Time {
		return monday().Add(time.Duration(day*24+h)*time.Hour + time.Duration(m)*time.Minute)
	}
	for name, ranges := range map[string][]limnograph.TimeRange{
		"Midnight":    {{From: at(0, 20, 0), To: at(1, 4, 0)}},
		"CutAnywhere": {{From: at(0, 22, 17), To: at(1, 3, 41)}},
		"Holes": {
			{From: at(0, 19, 0), To: at(0, 20, 37)},
			{From: at(0, 21, 3), To: at(0, 23, 58)},
			{From: at(1, 0, 1), To: at(1, 2, 30)},
			{From: at(1, 2, 31), To: at(1, 5, 0)},
			{From: at(2, 4, 0), To: at(2, 5, 0)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, simulator.Config{Jobs: 12})
			if diff := cmp.Diff(naive(points(t, f, ranges...)), visible(f.Ledger(ranges))); diff != "" {
				t.Errorf("(-lines +ledger):\n%s", diff)
			}
		})
	}
}

func TestLedgerOfAnyIntervals(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 6, Accounts: 2, Seed: 9})
	rapid.Check(t, func(t *rapid.T) {
		var ranges []limnograph.TimeRange
		at := monday().AddDate(0, 0, rapid.IntRange(1, 9).Draw(t, "day"))
		at = at.Add(time.Duration(rapid.IntRange(-60, 600).Draw(t, "start")) * time.Minute)
		for range rapid.IntRange(1, 5).Draw(t, "ranges") {
			at = at.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "gap")) * time.Minute)
			to := at.Add(time.Duration(rapid.IntRange(1, 15).Draw(t, "length")) * time.Minute)
			ranges = append(ranges, limnograph.TimeRange{From: at, To: to})
			at = to
		}
		var all []point
		for _, r := range ranges {
			for line := range f.Generator().Lines(r) {
				all = append(all, decodeOrFail(t, line))
			}
		}
		if diff := cmp.Diff(naive(all), visible(f.Ledger(ranges))); diff != "" {
			t.Fatalf("%v (-lines +ledger):\n%s", ranges, diff)
		}
	})
}

// figures are what lines can show of a ledger row; nil is what they can't.
type figures struct {
	Started, Failed, Points, Totals, Read, Written int64
	KnowsOutcome, KnowsWritten                     bool
}

// visible reduces the rows to what the lines can show.
func visible(rows []simulator.LedgerRow) map[string]figures {
	out := map[string]figures{}
	for _, r := range rows {
		f := figures{
			r.RunsStarted, r.RunsFailed, r.Datapoints, r.DatapointsTotal, r.RecordsRead, r.RecordsWritten,
			r.OutcomeReported, r.RecordsWrittenReported,
		}
		if !f.KnowsOutcome {
			f.Failed = 0
		}
		if !f.KnowsWritten {
			f.Written = 0
		}
		out[strings.Join([]string{r.Day.Format(time.DateOnly), r.AccountID, r.Region, r.JobName}, " ")] = f
	}
	return out
}

func naive(all []point) map[string]figures {
	out := map[string]figures{}
	known := observability(all)
	firsts := map[string]*point{}
	written := map[string]map[string]int64{} // by run, by row
	for i := range all {
		p := &all[i]
		row := strings.Join([]string{p.time().Format(time.DateOnly), p.AccountID, p.Region, p.job()}, " ")
		f := out[row]
		f.KnowsOutcome, f.KnowsWritten = known[p.job()+"/outcome"], known[p.job()+"/written"]
		switch {
		case p.total():
			f.Totals++
		default:
			f.Points++
			if first := firsts[p.run()]; first == nil || p.Timestamp < first.Timestamp {
				firsts[p.run()] = p
			}
		}
		switch {
		case p.total():
		case p.Metric == "glue.driver.aggregate.recordsRead":
			f.Read += int64(p.Value["sum"])
		case p.Metric == "glue.error.ALL":
			f.Failed += int64(p.Value["sum"])
		case p.Metric == "glue.driver.recordsWritten" && p.Dimensions["Sink"] == "ALL":
			if written[p.run()] == nil {
				written[p.run()] = map[string]int64{}
			}
			written[p.run()][row] = max(written[p.run()][row], int64(p.Value["max"]))
		}
		out[row] = f
	}
	for _, p := range firsts {
		row := strings.Join([]string{p.time().Format(time.DateOnly), p.AccountID, p.Region, p.job()}, " ")
		f := out[row]
		f.Started++
		out[row] = f
	}
	for _, byRow := range written {
		addWritten(out, byRow)
	}
	return out
}

// addWritten gives each day the running total less that of the day before it.
func addWritten(out map[string]figures, byRow map[string]int64) {
	for row, total := range byRow {
		before := int64(0)
		for other, t := range byRow {
			if other < row {
				before = max(before, t)
			}
		}
		f := out[row]
		f.Written += total - before
		out[row] = f
	}
}

// observability finds the jobs that report outcomes and written records by the series they have.
func observability(all []point) map[string]bool {
	known := map[string]bool{}
	for i := range all {
		switch all[i].Metric {
		case "glue.driver.workerUtilization":
			known[all[i].job()+"/outcome"] = true
		case "glue.driver.recordsWritten":
			known[all[i].job()+"/written"] = true
		}
	}
	return known
}

func decodeOrFail(t *rapid.T, line []byte) point {
	p, err := decodeLine(line)
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return p
}

func TestLedgerFile(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	path := filepath.Join(t.TempDir(), "deep", "ledger.csv")
	delivered := []limnograph.TimeRange{hoursOf(monday(), 30)}
	for range 2 { // the second one replaces the first
		if err := f.WriteLedgerFile(path, delivered); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := "day,account_id,region,job_name,runs,runs_failed,datapoints,datapoints_total,records_read," +
		"records_written,records_written_reported,outcome_reported"; strings.Join(rows[0], ",") != want {
		t.Errorf("header %v", rows[0])
	}
	if len(rows)-1 != len(f.Ledger(delivered)) || rows[1][0] != "2026-11-23" {
		t.Errorf("%d rows, the first %v", len(rows)-1, rows[1])
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("files left behind: %v", entries)
	}
}

func BenchmarkLedgerOfADay(b *testing.B) {
	f := newFleet(b, simulator.Config{})
	day := []limnograph.TimeRange{hoursOf(monday(), 24)}
	for b.Loop() {
		f.Ledger(day)
	}
}
