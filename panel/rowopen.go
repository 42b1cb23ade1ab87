package panel

import (
	"time"

	"limnograph"
)

// OpenRun is one row of the panel OpenRuns: a run that is not known to have ended, or that only others than the Glue API
// have told of.
type OpenRun struct {
	limnograph.RunKey

	State                   limnograph.RunState
	Outcome, MetricState    limnograph.RunState // empty: not reported
	LastDatapoint, Modified time.Time           // zero: none, not reported
	Observed                time.Time           // when the API or an event last told of it; zero: never
	SeenIn                  string              // api, event, metrics; sorted, with commas
	Begins                  time.Time
	TimeoutMin              int64 // 0: not reported
}

// ReadOpenRuns reads the rows of the panel OpenRuns to their end. It does not close them.
func ReadOpenRuns(rows limnograph.Rows) ([]OpenRun, error) {
	return read(rows, 13, func(c *cells) OpenRun {
		return OpenRun{
			RunKey: c.runKey(), State: c.state(), Outcome: c.state(), LastDatapoint: c.moment(), Modified: c.moment(),
			Observed: c.moment(), SeenIn: c.text(), MetricState: c.state(), Begins: c.moment(), TimeoutMin: c.count(),
		}
	})
}

func (c *cells) runKey() limnograph.RunKey {
	return limnograph.RunKey{
		JobKey: limnograph.JobKey{AccountID: c.text(), Region: c.text(), JobName: c.text()},
		RunID:  c.text(),
	}
}
