package objectkey

import (
	"strings"
	"time"
)

// ArrivalOf returns when the content of an object arrived, as far as its key tells: the time in a Firehose name, else
// in a landing name, else the folders year=/month=/day=/hour=, else folders YYYY/MM/dd/HH; the last such folders count.
// Times are taken as UTC. It returns false when the key tells no time.
func ArrivalOf(key string) (time.Time, bool) {
	if f, err := ParseFirehose(key); err == nil {
		return f.Arrival, true
	}
	if l, err := ParseName(baseName(key)); err == nil {
		return l.Arrival, true
	}
	folders := strings.Split(key, "/")
	folders = folders[:len(folders)-1]
	if at, ok := lastHour(folders, hiveHour); ok {
		return at, true
	}
	return lastHour(folders, plainHour)
}

// lastHour looks for four neighbouring folders that parse reads, from the right.
func lastHour(folders []string, parse func(four []string) (time.Time, bool)) (time.Time, bool) {
	for i := len(folders) - 4; i >= 0; i-- {
		if at, ok := parse(folders[i : i+4]); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

func hiveHour(four []string) (time.Time, bool) {
	return parseTime(hourFolders, strings.Join(four, "/"))
}

func plainHour(four []string) (time.Time, bool) {
	return parseTime("2006/01/02/15", strings.Join(four, "/"))
}

// parseTime reads a time in exactly the spelling of layout.
func parseTime(layout, s string) (time.Time, bool) {
	if len(s) != len(layout) {
		return time.Time{}, false
	}
	at, err := time.Parse(layout, s)
	return at, err == nil && at.Format(layout) == s
}

// cutTime splits s into what stands before "-<time>" and the time at its end.
func cutTime(s, layout string) (before string, at time.Time, ok bool) {
	cut := len(s) - len(layout) - 1
	if cut < 0 || s[cut] != '-' {
		return "", time.Time{}, false
	}
	at, ok = parseTime(layout, s[cut+1:])
	return s[:cut], at, ok
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

func baseName(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }
