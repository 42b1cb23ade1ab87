package panel

import (
	"time"

	"limnograph"
)

// Touched is the row of the panel RunTouched.
type Touched struct {
	First time.Time // earliest first datapoint of these runs; zero without runs
	Runs  int64
}

// ReadRunTouched reads the row of the panel RunTouched. It does not close the rows.
func ReadRunTouched(rows limnograph.Rows) (Touched, error) {
	all, err := read(rows, 2, func(c *cells) Touched { return Touched{First: c.moment(), Runs: c.count()} })
	if err != nil || len(all) == 0 {
		return Touched{}, err
	}
	return all[0], nil
}

// ReadRunMetrics reads the rows of the panel RunMetrics to their end. It does not close them.
func ReadRunMetrics(rows limnograph.Rows) ([]limnograph.RunMetrics, error) {
	return read(rows, 23, func(c *cells) limnograph.RunMetrics {
		m := limnograph.RunMetrics{
			RunKey: c.runKey(), First: c.moment(), Last: c.moment(),
			RecordsIn: c.whole(), RecordsOut: c.whole(), RecordsSource: c.text(), BytesIn: c.whole(), BytesOut: c.whole(),
			PeakHeap: c.float(), CPU: c.float(), ExecutorsNeeded: c.float(), ExecutorsActive: c.float(), ExecutorsMax: c.float(),
			Skew: c.float(), ShuffleBytes: c.whole(),
		}
		m.Outcome = outcome(c.positive(), c.positive())
		m.ErrorCategory, m.State, m.DurationS = c.text(), c.state(), c.float()
		return m
	})
}

// outcome is what the two flags of the observability metrics say; a run that reported both has failed.
func outcome(failed, succeeded bool) limnograph.RunState {
	switch {
	case failed:
		return limnograph.RunFailed
	case succeeded:
		return limnograph.RunSucceeded
	}
	return ""
}
