package schema

import (
	"math"
	"strconv"
	"time"
)

const day = 24 * time.Hour

// parseRetention reads 400d, 26w, a Go duration of whole positive length, or forever (0).
func parseRetention(text string) (time.Duration, bool) {
	if text == "forever" {
		return 0, true
	}
	if len(text) < 2 {
		return 0, false
	}
	switch unit := text[len(text)-1]; unit {
	case 'd':
		return multiply(text[:len(text)-1], day)
	case 'w':
		return multiply(text[:len(text)-1], 7*day)
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}

func multiply(number string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
