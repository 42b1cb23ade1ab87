package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bytes is a number of bytes, written as 64MiB, 1GiB, 500MB or a plain number.
type Bytes int64

var _ fmt.Stringer = Bytes(0)

// ParseBytes reads a size. Units are powers of 1024 (KiB, MiB, GiB, TiB, K, M, G, T) or of 1000 (KB, MB, GB, TB).
func ParseBytes(s string) (Bytes, error) {
	text := strings.TrimSpace(s)
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	factor, ok := byteFactor(strings.ToLower(strings.TrimSpace(text[len(digits):])))
	n, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || n < 0 || n*factor >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size: write a number with a unit, such as 64MiB or 1GiB", s)
	}
	return Bytes(n * factor), nil
}

func byteFactor(unit string) (float64, bool) {
	switch unit {
	case "", "b":
		return 1, true
	case "k", "kib":
		return 1 << 10, true
	case "m", "mib":
		return 1 << 20, true
	case "g", "gib":
		return 1 << 30, true
	case "t", "tib":
		return 1 << 40, true
	case "kb":
		return 1e3, true
	case "mb":
		return 1e6, true
	case "gb":
		return 1e9, true
	case "tb":
		return 1e12, true
	}
	return 0, false
}

// String writes the size with the largest unit that divides it.
func (b Bytes) String() string {
	units := []string{"", "KiB", "MiB", "GiB", "TiB"}
	n, i := int64(b), 0
	for n != 0 && n%1024 == 0 && i < len(units)-1 {
		n, i = n/1024, i+1
	}
	return strconv.FormatInt(n, 10) + units[i]
}

// Duration is a time span, written as 60s, 5m, 1h30m or 400d; a plain number means seconds.
type Duration time.Duration

// maxDays bounds a time span in days: 100 years.
const maxDays = 36_525

// ParseDuration reads a time span of zero or more.
func ParseDuration(s string) (Duration, error) {
	text := strings.TrimSpace(s)
	if n, err := strconv.Atoi(text); err == nil {
		text = strconv.Itoa(n) + "s"
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= maxDays {
			return Duration(time.Duration(n) * 24 * time.Hour), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no time span: write it as 60s, 5m, 1h30m or 400d", s)
	}
	return Duration(d), nil
}

// Std returns d as a time.Duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the time span as Go does.
func (d Duration) String() string { return time.Duration(d).String() }
