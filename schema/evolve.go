package schema

import (
	"fmt"
	"slices"
	"strings"

	"limnograph"
)

// Evolve decides whether a table that is stored with the schema old may take the schema next: columns of the flat view
// are only ever added, because saved queries and dashboards read them by name. Retention, projection and the order of
// columns may change, further totals may come, and a namespace that was unknown may be filled in. Errors: CodeConflict,
// in words that name each column and the remedy.
func Evolve(old, next limnograph.Schema) error {
	if old.Namespace != "" && old.Namespace != next.Namespace {
		return conflict(fmt.Sprintf("table %s already holds the namespace %q, not %q", old.Table, old.Namespace, next.Namespace),
			"give the new namespace another table name in its schema definition")
	}
	var lost []string
	sources := columnSources(next)
	for _, c := range columnList(old) {
		switch now := sources[c.name]; now {
		case c.source:
		case "":
			lost = append(lost, fmt.Sprintf("lose the column %s (%s)", c.name, c.source))
		default:
			lost = append(lost, fmt.Sprintf("change the column %s from %s to %s", c.name, c.source, now))
		}
	}
	for _, t := range old.Totals {
		if !slices.Contains(next.Totals, t) {
			lost = append(lost, fmt.Sprintf("change the column is_total (%s: %s would no longer mark a total)", t.Name, t.Value))
		}
	}
	if lost == nil {
		return nil
	}
	return conflict("table "+old.Table+" would "+strings.Join(lost, ", and "),
		"columns are only ever added: put it back into the schema definition and give what is new a column name of its own, or name another table")
}

func conflict(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeConflict, Op: "ensure table", Message: message, Hint: hint}
}

// column is a column that a schema adds to the flat view, and in words what it is made of.
type column struct{ name, source string }

func columnList(s limnograph.Schema) []column {
	var list []column
	for _, d := range s.Dimensions {
		list = append(list, column{d.Column, fmt.Sprintf("dimension %q", d.Name)})
	}
	for _, e := range s.Extracts {
		list = append(list, column{e.Column, fmt.Sprintf("pattern %q", e.Pattern)})
	}
	return list
}

func columnSources(s limnograph.Schema) map[string]string {
	sources := make(map[string]string)
	for _, c := range columnList(s) {
		sources[c.name] = c.source
	}
	return sources
}
