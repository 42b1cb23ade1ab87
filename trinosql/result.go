package trinosql

import (
	"strconv"
	"strings"
	"time"

	"limnograph"
)

// ParseTime reads a timestamp as results hold it: 2026-11-24 12:00:00.000, with a zone's name or offset, or none (UTC).
// It returns the time in UTC.
func ParseTime(text string) (time.Time, error) {
	const layout = "2006-01-02 15:04:05.999999999"
	parts := strings.SplitN(text, " ", 3)
	if len(parts) < 3 {
		return time.ParseInLocation(layout, text, time.UTC)
	}
	if t, err := time.Parse(layout+" -07:00", text); err == nil {
		return t.UTC(), nil
	}
	zone, err := time.LoadLocation(parts[2])
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation(layout, parts[0]+" "+parts[1], zone)
	return t.UTC(), err
}

// DistinctName returns a name for a column of a result that none before has, and adds it to seen: a name that a query
// gives twice gets _1 at its end the second time. Names are compared without case.
func DistinctName(seen map[string]bool, name string) string {
	unique := name
	for i := 1; seen[strings.ToLower(unique)]; i++ {
		unique = name + "_" + strconv.Itoa(i)
	}
	seen[strings.ToLower(unique)] = true
	return unique
}

// Unreadable is the error for a value of a result that no Go type of limnograph.Rows can hold.
func Unreadable(c limnograph.Column, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "read result", Message: "column " + c.Name + " (" + c.Type + ") has a value that can't be represented",
		Hint: "cast it to varchar", Err: err,
	}
}
