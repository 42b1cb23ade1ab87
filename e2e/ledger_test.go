package e2e_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A simulated day, delivered over HTTP with every tenth request sent twice, gives exactly the truth of the model.
func TestSimulatedDayEqualsLedger(t *testing.T) {
	withinOneDay(t)
	s := serve(t, t.TempDir())
	ledger := filepath.Join(t.TempDir(), "ledger.csv")
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	limno(t, nil, "simulate", "--to", s.url, "--access-key", accessKey, "--jobs", "60", "--accounts", "3", "--seed", "42",
		"--from", day.Format(time.RFC3339), "--until", day.AddDate(0, 0, 1).Format(time.RFC3339), "--speed", "max",
		"--duplicates", "0.1", "--ledger", ledger)
	want := readLedger(t, ledger)
	for _, table := range sources() {
		s.awaitCount(t, want.points+want.totals, "SELECT count(*) FROM "+table)
	}
	if n := s.number(t, "SELECT count(*) FROM raw_glue_metrics"); n <= want.points+want.totals {
		t.Errorf("raw holds %d lines: nothing was delivered twice, so the test proves nothing", n)
	}
	checkLedger(t, s, want)
	checkRolledUp(t, s, want)
	if len(want.jobs) != 60 {
		t.Errorf("%d jobs in the ledger, want 60", len(want.jobs))
	}
}

// A history of several days that was simulated into a directory comes in by import, exactly.
func TestHistoryByImportEqualsLedger(t *testing.T) {
	t.Parallel()
	days, objects, dir := size(t, "LIMNO_E2E_DAYS", 2), t.TempDir(), t.TempDir()
	ledger := filepath.Join(objects, "ledger.csv")
	until := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -30)
	limno(t, nil, "simulate", "--to", filepath.Join(objects, "fleet"), "--jobs", "60", "--ledger", ledger,
		"--from", until.AddDate(0, 0, -days).Format(time.RFC3339), "--until", until.Format(time.RFC3339))
	limno(t, serverEnv(dir), "import", filepath.Join(objects, "fleet"))
	s := serve(t, dir, "LIMNO_QUERY_TIMEOUT=30m")
	want := readLedger(t, ledger)
	t.Logf("%d days, %d datapoints", days, want.points+want.totals)
	if n := s.number(t, "SELECT count(*) FROM raw_glue_metrics"); n != want.points+want.totals {
		t.Errorf("%d lines, the ledger has %d datapoints", n, want.points+want.totals)
	}
	checkLedger(t, s, want)
}

// sources are the names under which each datapoint stands once: of landing within an arrival day, and curated.
func sources() []string { return []string{"raw_glue_metrics_flat", "glue_metrics"} }

// checkLedger compares what SQL finds per job with the truth, in each source.
func checkLedger(t *testing.T, s *server, want truth) {
	t.Helper()
	for _, table := range sources() {
		checkJobs(t, s, table, want)
		checkDays(t, s, table, want)
		checkWritten(t, s, table, want.written)
	}
}

// checkRolledUp compares what stands in job_runs, which follows within seconds.
func checkRolledUp(t *testing.T, s *server, want truth) {
	t.Helper()
	const sql = `SELECT account_id, job_name, count(*), coalesce(sum(records_in), 0) FROM job_runs WHERE first_datapoint_at IS NOT NULL GROUP BY 1, 2`
	left := ""
	defer func() {
		if t.Failed() {
			t.Logf("per job in job_runs (-ledger +SQL):\n%s", left)
		}
	}()
	s.await(t, "rolled up", time.Minute, func() bool {
		got, ledger := map[string]jobTruth{}, map[string]jobTruth{}
		for _, r := range s.query(t, sql) {
			got[r[0]+"/"+r[1]] = jobTruth{runs: num(t, r[2]), read: num(t, r[3])}
		}
		for job, j := range want.jobs {
			ledger[job] = jobTruth{runs: j.runs, read: j.read}
		}
		left = cmp.Diff(ledger, got, cmp.AllowUnexported(jobTruth{}))
		return left == ""
	})
}

func checkJobs(t *testing.T, s *server, table string, want truth) {
	t.Helper()
	got := map[string]jobTruth{}
	for _, r := range s.query(t, fmt.Sprintf(ledgerSQL, table)) {
		got[r[0]+"/"+r[1]] = jobTruth{runs: num(t, r[2]), points: num(t, r[3]), totals: num(t, r[4]), read: num(t, r[5])}
	}
	if diff := cmp.Diff(want.jobs, got, cmp.AllowUnexported(jobTruth{})); diff != "" {
		t.Errorf("per job in %s (-ledger +SQL):\n%s", table, diff)
	}
}

// checkDays compares what belongs to a day by the time of its datapoint.
func checkDays(t *testing.T, s *server, table string, want truth) {
	t.Helper()
	got := map[string]jobTruth{}
	for _, r := range s.query(t, fmt.Sprintf(daySQL, table)) {
		got[r[0]+"/"+r[1]+"/"+r[2]] = jobTruth{points: num(t, r[3]), totals: num(t, r[4]), read: num(t, r[5])}
	}
	if diff := cmp.Diff(want.days, got, cmp.AllowUnexported(jobTruth{})); diff != "" {
		t.Errorf("per job and day in %s (-ledger +SQL):\n%s", table, diff)
	}
}

const daySQL = `SELECT CAST(ts AS date), account_id, job_name, count(*) FILTER (WHERE NOT is_total), count(*) FILTER (WHERE is_total),
 CAST(round(coalesce(sum(sum) FILTER (WHERE NOT is_total AND metric_name = 'glue.driver.aggregate.recordsRead'), 0)) AS BIGINT)
FROM %s GROUP BY 1, 2, 3`

// ledgerSQL reads the truth back. Twins (is_total) enter no sum.
const ledgerSQL = `SELECT account_id, job_name, count(DISTINCT job_run_id) FILTER (WHERE NOT is_total),
 count(*) FILTER (WHERE NOT is_total), count(*) FILTER (WHERE is_total),
 CAST(round(coalesce(sum(sum) FILTER (WHERE NOT is_total AND metric_name = 'glue.driver.aggregate.recordsRead'), 0)) AS BIGINT)
FROM %s GROUP BY 1, 2`

type jobTruth struct{ runs, points, totals, read int }

type truth struct {
	jobs           map[string]jobTruth
	days           map[string]jobTruth // by day, account and job; runs are left out
	written        map[string]int      // jobs that report it
	points, totals int
}

func readLedger(t *testing.T, path string) truth {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("ledger %s: %d rows, %v", path, len(rows), err)
	}
	col := map[string]int{}
	for i, name := range rows[0] {
		col[name] = i
	}
	out := truth{jobs: map[string]jobTruth{}, days: map[string]jobTruth{}, written: map[string]int{}}
	for _, r := range rows[1:] {
		key := r[col["account_id"]] + "/" + r[col["job_name"]]
		j := out.jobs[key]
		j.runs += num(t, r[col["runs"]])
		j.points += num(t, r[col["datapoints"]])
		j.totals += num(t, r[col["datapoints_total"]])
		j.read += num(t, r[col["records_read"]])
		out.jobs[key] = j
		out.days[r[col["day"]]+"/"+key] = jobTruth{
			points: num(t, r[col["datapoints"]]), totals: num(t, r[col["datapoints_total"]]), read: num(t, r[col["records_read"]]),
		}
		if r[col["records_written_reported"]] == "true" {
			out.written[key] += num(t, r[col["records_written"]])
		}
		out.points += num(t, r[col["datapoints"]])
		out.totals += num(t, r[col["datapoints_total"]])
	}
	return out
}

// checkWritten compares the records written of the jobs that report them: the throughput gauge holds a run's total so
// far, so its greatest value is the run's total.
func checkWritten(t *testing.T, s *server, table string, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, r := range s.query(t, `SELECT account_id, job_name, CAST(round(sum(written)) AS BIGINT) FROM (
 SELECT account_id, job_name, job_run_id, max(max) AS written FROM `+table+`
 WHERE metric_name = 'glue.driver.recordsWritten' AND sink = 'ALL' AND NOT is_total GROUP BY 1, 2, 3) GROUP BY 1, 2`) {
		got[r[0]+"/"+r[1]] = num(t, r[2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records written in %s (-ledger +SQL):\n%s", table, diff)
	}
}

func num(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("not a whole number: %v", err)
	}
	return n
}
