package objectkey

import (
	"strings"

	"limnograph"
)

// LandedPrefixes lists the prefixes below which landing objects rest, sorted.
func LandedPrefixes() []string { return []string{MetricsPrefix, RunsPrefix} }

// TablePrefix returns the folder of a table in landing, with a slash at the end: landing/runs/<table>/ for a record table,
// landing/metrics/<table>/ for any other.
func TablePrefix(table string) string {
	if limnograph.IsRecordTable(table) {
		return RunsPrefix + table + "/"
	}
	return MetricsPrefix + table + "/"
}

// cutTable takes the folder of a table from a landing key. A table that rests below the other prefix has none here: each
// object has one key.
func cutTable(key string) (table, rest string, ok bool) {
	for _, prefix := range LandedPrefixes() {
		if below, found := strings.CutPrefix(key, prefix); found {
			table, rest, ok = strings.Cut(below, "/")
			return table, rest, ok && table != "" && strings.HasPrefix(key, TablePrefix(table))
		}
	}
	return "", "", false
}
