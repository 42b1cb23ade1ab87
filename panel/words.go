package panel

import (
	"fmt"
	"math"
	"time"
)

// sayDuration writes a duration as a person says it: 45 s, 12 min, 2 h 05 min, 3 d 4 h.
func sayDuration(d time.Duration) string {
	switch minutes := int(math.Round(d.Minutes())); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case minutes < 120:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
	default:
		return fmt.Sprintf("%d d %d h", minutes/(24*60), minutes%(24*60)/60)
	}
}

// sayTime writes a time of the day of now as 15:04 UTC, another day's with its date.
func sayTime(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04 UTC")
	}
	return t.Format("2 Jan 15:04 UTC")
}

func sayRuns(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", n)
}

func sayTimes(d, typical time.Duration) string {
	return fmt.Sprintf("typically %s (%.1f times)", sayDuration(typical), float64(d)/float64(typical))
}
