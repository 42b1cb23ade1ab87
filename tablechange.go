package limnograph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// DataPrefix begins the keys of the data files of a curated table.
func DataPrefix(table string) string { return "lake/" + table + "/data/" }

// Apply returns the live files of a table after the change, in key order, given those before it. It refuses a change
// that no snapshot store may make. Errors: CodeInvalid (an added file that is no data file of the table, or is live
// already; a removed file that is not live; a property whose name does not begin with PropertyPrefix).
func (c TableChange) Apply(table string, before []DataFile) ([]DataFile, error) {
	live := make(map[string]bool, len(before)+len(c.Add))
	for _, f := range before {
		live[f.Key] = true
	}
	removed := make(map[string]bool, len(c.Remove))
	for _, f := range c.Remove {
		if !live[f.Key] || removed[f.Key] {
			return nil, badChange(table, "it removes "+strconv.Quote(f.Key)+", which is not live")
		}
		removed[f.Key] = true
	}
	for _, f := range c.Add {
		if why := f.wrong(table); why != "" {
			return nil, badChange(table, "it adds "+strconv.Quote(f.Key)+", "+why)
		}
		if live[f.Key] {
			return nil, badChange(table, "it adds "+strconv.Quote(f.Key)+", which is live already")
		}
		live[f.Key] = true
	}
	for name := range c.Properties {
		if !strings.HasPrefix(name, PropertyPrefix) {
			return nil, badChange(table, "property "+strconv.Quote(name)+" does not begin with "+PropertyPrefix)
		}
	}
	return merged(before, removed, c.Add), nil
}

func merged(before []DataFile, removed map[string]bool, added []DataFile) []DataFile {
	after := make([]DataFile, 0, max(0, len(before)-len(removed)+len(added)))
	for _, f := range before {
		if !removed[f.Key] {
			after = append(after, f)
		}
	}
	after = append(after, added...)
	slices.SortFunc(after, func(a, b DataFile) int { return strings.Compare(a.Key, b.Key) })
	return after
}

// wrong says what keeps f from being a data file of a table; "" when nothing does.
func (f DataFile) wrong(table string) string {
	switch {
	case !strings.HasPrefix(f.Key, DataPrefix(table)):
		return "which does not lie below " + DataPrefix(table)
	case f.Size <= 0 || f.Rows <= 0:
		return fmt.Sprintf("which has %d bytes and %d rows", f.Size, f.Rows)
	case f.MinTime > f.MaxTime:
		return fmt.Sprintf("whose times are %d to %d", f.MinTime, f.MaxTime)
	case !f.Day().Equal((DataFile{MinTime: f.MaxTime}).Day()):
		return "which spans more than one UTC day"
	}
	return ""
}

func badChange(table, why string) error {
	return &Error{Code: CodeInvalid, Op: "commit to table " + table, Message: why}
}
