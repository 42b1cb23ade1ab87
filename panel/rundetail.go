package panel

import (
	"time"

	"limnograph"
)

// maxMinutes bounds a run's answer: a run lasts at most 7 days in Glue.
const maxMinutes = 7*24*60 + 60

// BuildRunDetail turns the rows of the panel RunSeries, in time order, into series over every minute from the first
// to the last, beside the facts of the run; nil: there are no run records. A run that reported nothing has no minutes.
// Errors: CodeNotFound (neither row nor facts).
func BuildRunDetail(rows []MinuteRow, facts *RunFacts, account, job, run string) (RunDetail, error) {
	if len(rows) == 0 && facts == nil {
		return RunDetail{}, &limnograph.Error{
			Code: limnograph.CodeNotFound, Op: "read run", Message: "nothing is known of run " + run + " of job " + job,
			Hint: "check account, job and run id; pass from and to when the run is older than 7 days",
		}
	}
	out := minutesOf(rows, facts)
	out.RunID, out.AccountID, out.JobName, out.Facts = run, account, job, facts
	return out, nil
}

func minutesOf(rows []MinuteRow, facts *RunFacts) RunDetail {
	if len(rows) == 0 {
		out := newRunDetail(facts.Start, 0)
		out.Region = facts.Region
		return out
	}
	from := rows[0].TS.Truncate(period)
	last := rows[len(rows)-1].TS
	n := min(maxMinutes, int(last.Sub(from)/period)+1)
	out := newRunDetail(from, n)
	out.Region = rows[0].Region
	for _, row := range rows {
		if i := int(row.TS.Sub(from) / period); i >= 0 && i < n {
			out.set(i, row)
		}
	}
	return out
}

func newRunDetail(from time.Time, n int) RunDetail {
	out := RunDetail{
		From: from, To: from.Add(time.Duration(n) * period), StepS: seconds(period), Minutes: make([]time.Time, n),
		CPU: make([]*float64, n), Heap: make([]*float64, n), Executors: make([]*float64, n), RecordsRead: make([]*int64, n),
	}
	for i := range out.Minutes {
		out.Minutes[i] = from.Add(time.Duration(i) * period)
	}
	return out
}

func (d *RunDetail) set(i int, row MinuteRow) {
	d.CPU[i] = either(row.CPUAll, row.CPUDriver)
	d.Heap[i] = either(row.HeapAll, row.HeapDriver)
	d.Executors[i] = row.Executors
	d.RecordsRead[i] = row.RecordsRead
}

func either(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}
