package panel_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"limnograph"
	"limnograph/panel"
)

// noon is the moment at which the tests judge.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// day is the window of the last 24 hours, read with two hours before it.
func day() panel.Moment {
	return panel.Moment{
		AsOf: noon, NewestDatapoint: noon.Add(-time.Minute), ReadFrom: noon.Add(-26 * time.Hour),
		From: noon.Add(-24 * time.Hour), To: noon,
	}
}

type option func(*panel.RunRow)

// row is a run of the job that began before noon by ago and reported for that long.
func row(job string, ago, lasts time.Duration, options ...option) panel.RunRow {
	first := noon.Add(-ago)
	r := panel.RunRow{
		AccountID: "111122223333", Region: "eu-west-1", JobName: job, RunID: fmt.Sprintf("jr_%06d", ago/time.Minute),
		First: first, Last: first.Add(lasts - time.Minute),
	}
	for _, o := range options {
		o(&r)
	}
	return r
}

func succeeded(r *panel.RunRow) { r.Outcome = limnograph.RunSucceeded }

func failed(class string) option {
	return func(r *panel.RunRow) { r.Outcome, r.ErrorCategory = limnograph.RunFailed, class }
}

func total(r *panel.RunRow) { r.Total, r.RunID = true, "ALL" }

func records(read, written int64) option {
	return func(r *panel.RunRow) { r.RecordsRead, r.RecordsWritten = &read, &written }
}

func recordsRead(n int64) option { return func(r *panel.RunRow) { r.RecordsRead = &n } }

func executors(n float64) option { return func(r *panel.RunRow) { r.ExecutorsNow = &n } }

func account(id string) option { return func(r *panel.RunRow) { r.AccountID = id } }

// hourly is a job that began n times, an hour apart, the last one ago before noon.
func hourly(job string, n int, ago, lasts time.Duration, options ...option) []panel.RunRow {
	var out []panel.RunRow
	for i := range n {
		out = append(out, row(job, ago+time.Duration(n-1-i)*time.Hour, lasts, options...))
	}
	return out
}

// heartbeat is another job of the account that reports until the newest minute, so that the account is not silent.
func heartbeat() panel.RunRow { return row("heartbeat", 2*time.Minute, 2*time.Minute) }

func fleet(t *testing.T, rows []panel.RunRow, m panel.Moment) panel.Fleet {
	t.Helper()
	out, err := panel.BuildFleet(panel.Rows{Runs: rows}, m, panel.Filter{}, panel.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// job returns the only job of that name.
func job(t *testing.T, f panel.Fleet, name string) panel.Job {
	t.Helper()
	for _, j := range f.Jobs {
		if j.JobName == name {
			return j
		}
	}
	t.Fatalf("job %s is missing", name)
	return panel.Job{}
}

// table is a result in memory.
type table struct {
	width int
	rows  [][]any
	at    int
	fail  error
}

func (t *table) Columns() []limnograph.Column { return make([]limnograph.Column, t.width) }
func (t *table) Close() error                 { return nil }

func (t *table) Next() ([]any, error) {
	if t.at == len(t.rows) {
		if t.fail != nil {
			return nil, t.fail
		}
		return nil, io.EOF
	}
	t.at++
	return t.rows[t.at-1], nil
}
