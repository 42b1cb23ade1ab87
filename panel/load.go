package panel

import (
	"math"
	"time"
)

// BuildLoad turns the rows of the panel Load into series for [from, to), aligned to multiples of step.
func BuildLoad(rows []LoadRow, from, to time.Time, step time.Duration, f Filter) LoadSeries {
	from = from.UTC().Truncate(step)
	n := max(0, int((to.Sub(from)+step-1)/step))
	out := LoadSeries{
		From: from, To: from.Add(time.Duration(n) * step), StepS: seconds(step),
		Executors: make([]*float64, n), RecordsRead: make([]*int64, n), Runs: make([]*int64, n),
	}
	newest := newestMinute(rows)
	for _, row := range rows {
		i := int(row.Bucket.Sub(from) / step)
		if row.Bucket.Before(from) || i >= n || !f.match(row.AccountID, row.JobName) {
			continue
		}
		out.add(i, row, minutesIn(row.Bucket, newest, step))
	}
	for _, mean := range out.Executors {
		if mean != nil {
			*mean = math.Round(*mean*executorDigits) / executorDigits
		}
	}
	return out
}

// executorDigits is where means end: the digits behind depend on the order in which an engine adds.
const executorDigits = 1e6

func newestMinute(rows []LoadRow) (newest time.Time) {
	for i := range rows {
		if rows[i].Last.After(newest) {
			newest = rows[i].Last
		}
	}
	return newest
}

// minutesIn is the length of a bucket in minutes; the one that holds the newest datapoint is not over yet.
func minutesIn(bucket, newest time.Time, step time.Duration) float64 {
	return min(step, newest.Add(period).Sub(bucket)).Minutes()
}

func (s *LoadSeries) add(i int, row LoadRow, minutes float64) {
	if row.ExecutorMinutes != nil {
		mean := *row.ExecutorMinutes / minutes
		s.Executors[i] = addFloat(s.Executors[i], &mean)
	}
	s.RecordsRead[i] = addWhole(s.RecordsRead[i], row.RecordsRead)
	s.Runs[i] = addWhole(s.Runs[i], &row.Runs)
}

// StepFor returns the bucket width that gives a chart of the span a few hundred points: a whole number of minutes,
// 5 minutes for a day.
func StepFor(span time.Duration) time.Duration {
	for _, step := range [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour} {
		if span <= 300*step {
			return step
		}
	}
	return 6 * time.Hour
}
