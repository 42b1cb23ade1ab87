package simulator

import (
	"bufio"
	"encoding/csv"
	"io"
	"iter"
	"slices"
	"strconv"
	"time"

	"limnograph"
)

// LedgerRow is the truth about one job on one UTC day of the datapoints' time, for the minutes that were delivered.
// docs/simulator.md has the SQL that finds each figure in the delivered datapoints.
type LedgerRow struct {
	Day       time.Time // midnight UTC
	AccountID string
	Region    string
	JobName   string

	RunsStarted     int64 // runs whose first delivered datapoint is of this day
	RunsFailed      int64 // failed runs whose last datapoint is of this day and was delivered
	OutcomeReported bool  // the job's metrics tell how a run ended
	Datapoints      int64 // distinct datapoints of series with a run's own id
	DatapointsTotal int64 // distinct datapoints of the twins, JobRunId=ALL
	RecordsRead     int64 // between reports of this day and the reports before them
	// RecordsWritten is the running total at the run's last delivered report of the day, less that at its last
	// delivered report of an earlier day; summed over runs.
	RecordsWritten         int64
	RecordsWrittenReported bool // the job's metrics tell RecordsWritten
}

// Ledger computes the rows of the delivered intervals, by day, account, region and job. Jobs without a datapoint on a
// day have no row. It reads the model alone.
func (f *Fleet) Ledger(delivered []limnograph.TimeRange) []LedgerRow {
	var rows []LedgerRow
	for day := range f.ledgerDays(minutesOf(delivered)) {
		rows = append(rows, day...)
	}
	return rows
}

// WriteLedger writes the rows of Ledger as CSV with a header line. Memory is bounded by one day.
func (f *Fleet) WriteLedger(w io.Writer, delivered []limnograph.TimeRange) error {
	buffered := bufio.NewWriter(w)
	out := csv.NewWriter(buffered)
	if err := out.Write(ledgerColumns()); err != nil {
		return err
	}
	for day := range f.ledgerDays(minutesOf(delivered)) {
		for i := range day {
			if err := out.Write(day[i].fields()); err != nil {
				return err
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

func ledgerColumns() []string {
	return []string{
		"day", "account_id", "region", "job_name", "runs", "runs_failed", "datapoints", "datapoints_total",
		"records_read", "records_written", "records_written_reported", "outcome_reported",
	}
}

func (row *LedgerRow) fields() []string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return []string{
		row.Day.Format(time.DateOnly), row.AccountID, row.Region, row.JobName, n(row.RunsStarted), n(row.RunsFailed),
		n(row.Datapoints), n(row.DatapointsTotal), n(row.RecordsRead), n(row.RecordsWritten),
		strconv.FormatBool(row.RecordsWrittenReported), strconv.FormatBool(row.OutcomeReported),
	}
}

const minutesPerDay = day / secondsPerMinute

// ledgerDays yields the rows of each day that was delivered in part at least.
func (f *Fleet) ledgerDays(delivered minutes) iter.Seq[[]LedgerRow] {
	return func(yield func([]LedgerRow) bool) {
		all := delivered.bounds()
		for d := floorDiv(all.from, minutesPerDay) * minutesPerDay; d < all.until; d += minutesPerDay {
			today := span{d, d + minutesPerDay}
			if delivered.count(today) > 0 && !yield(f.ledgerDay(delivered, today)) {
				return
			}
		}
	}
}

func (f *Fleet) ledgerDay(delivered minutes, today span) []LedgerRow {
	var rows []LedgerRow
	runs := f.runs(today.from*secondsPerMinute, today.until*secondsPerMinute)
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && runs[n].Job == runs[0].Job {
			n++
		}
		if row := tally(runs[:n], delivered, today); row.Datapoints > 0 {
			rows = append(rows, row)
		}
		runs = runs[n:]
	}
	slices.SortFunc(rows, compareRows)
	return rows
}
