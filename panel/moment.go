package panel

import "time"

// Moment is the point in time from which rows are judged.
type Moment struct {
	AsOf            time.Time // arrival of the newest published delivery; zero: nothing is published
	NewestDatapoint time.Time // zero: none
	ReadFrom        time.Time // start of the rows: earlier than the window, so that runs at its start are whole
	From, To        time.Time // the window that is shown
}

// The judgement of what is going on allows for the way of a datapoint: CloudWatch delivers it some minutes late.
const (
	period      = time.Minute      // of a datapoint
	runningGap  = 3 * time.Minute  // a run without a datapoint for longer has ended
	deliveryLag = 10 * time.Minute // how late datapoints normally are, at most
	// forgottenAfter is how long nobody may have told of a run past its timeout before it counts as ended.
	forgottenAfter = time.Hour
)

// horizon is the time up to which the datapoints of one account can be taken for complete, given its newest one. An
// account that falls silent while others deliver does not hold back the horizon for ever.
func (m Moment) horizon(newest time.Time) time.Time {
	if oldest := m.AsOf.Add(-deliveryLag); newest.Before(oldest) {
		return oldest
	}
	return newest
}

// within reports whether [start, end) touches the window.
func (m Moment) within(start, end time.Time) bool {
	return start.Before(m.To) && end.After(m.From)
}
