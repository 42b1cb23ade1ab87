package simulator

import "time"

// Faults are what goes wrong on the way. The zero value is a good day.
type Faults struct {
	Duplicates float64       // share of requests that are sent twice; 0: none
	Delays     float64       // share of minutes whose datapoints come late when played by arrival; 0: none
	MaxDelay   time.Duration // longest delay; 0: 20 minutes
}

// arrival is when the datapoints of a minute reach the delivery stream: 2 to 4 minutes after the minute's end, or
// later by fault. Seconds since the epoch.
func (f *Fleet) arrival(m int64, faults Faults) int64 {
	key := fold(fold(f.key, keyArrival), uint64(m))
	at := (m+1)*secondsPerMinute + 120 + int64(key%120)
	if noise(key, 1) < faults.Delays {
		at += int64(noise(key, 2) * faults.maxDelay().Seconds())
	}
	return at
}

// soonest is the shortest time from the start of a minute to its arrival, in minutes.
const soonest = 3

func (f Faults) maxDelay() time.Duration {
	if f.MaxDelay == 0 {
		return 20 * time.Minute
	}
	return f.MaxDelay
}

// settled is the first minute that may still be on its way at t.
func settled(t time.Time) int64 { return floorDiv(t.Unix(), secondsPerMinute) - 5 }
