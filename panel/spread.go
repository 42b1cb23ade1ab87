package panel

import (
	"math"
	"time"
)

// SpreadLoad turns runs into the rows of load in [from, to), in buckets of step. Run records tell what a run worked and read in
// all: its mean of executors counts in each minute of its time, and what it read is spread evenly over it. When in its time a
// run read, or used more executors than on average, is told by the run's own series alone.
func SpreadLoad(runs []LoadRun, from, to time.Time, step time.Duration) []LoadRow {
	rows := make(map[loadKey]*LoadRow)
	for i := range runs {
		spread(rows, &runs[i], from, to, step)
	}
	out := make([]LoadRow, 0, len(rows))
	for _, row := range rows {
		out = append(out, *row)
	}
	return out
}

type loadKey struct {
	bucket       time.Time
	account, job string
}

func spread(rows map[loadKey]*LoadRow, r *LoadRun, from, to time.Time, step time.Duration) {
	ends := r.Ends
	if ends.IsZero() {
		ends = to
	}
	whole := ends.Sub(r.Begins)
	for bucket := later(from, r.Begins.Truncate(step)); bucket.Before(earlier(ends, to)); bucket = bucket.Add(step) {
		begin, end := later(bucket, r.Begins), earlier(bucket.Add(step), ends)
		row := rowOf(rows, loadKey{bucket, r.AccountID, r.JobName})
		row.Runs++
		row.Last = later(row.Last, end.Add(-period))
		if r.Executors != nil {
			minutes := *r.Executors * end.Sub(begin).Minutes()
			row.ExecutorMinutes = addFloat(row.ExecutorMinutes, &minutes)
		}
		if r.RecordsRead != nil {
			read := until(*r.RecordsRead, end.Sub(r.Begins), whole) - until(*r.RecordsRead, begin.Sub(r.Begins), whole)
			row.RecordsRead = addWhole(row.RecordsRead, &read)
		}
	}
}

func rowOf(rows map[loadKey]*LoadRow, key loadKey) *LoadRow {
	row, ok := rows[key]
	if !ok {
		row = &LoadRow{Bucket: key.bucket, AccountID: key.account, JobName: key.job}
		rows[key] = row
	}
	return row
}

// until is how much of n was read after a part of the time, rounded so that the parts add up to n.
func until(n int64, part, whole time.Duration) int64 {
	return int64(math.Round(float64(n) * float64(part) / float64(whole)))
}
