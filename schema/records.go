package schema

import (
	"fmt"
	"slices"
	"strconv"

	"limnograph"
)

// checkRecords finds everything that is wrong with the schema of a record table: it has a known name, ts first, and nothing
// that belongs to datapoints.
func checkRecords(s limnograph.Schema) (problems []problem) {
	add := func(path, message, hint string) { problems = append(problems, problem{path, message, hint}) }
	if !limnograph.IsRecordTable(s.Table) {
		add("table", fmt.Sprintf("%.100q is no record table", s.Table), "the names of record tables are those of limnograph.RecordTables")
	}
	if s.Namespace != "" || len(s.Dimensions)+len(s.Totals)+len(s.Extracts) > 0 || s.Projection.Enabled() {
		add("namespace", "a record table has no namespace, dimensions, totals, extracts or projection", "leave them out")
	}
	if s.TableRetention < 0 || s.TableRetention%day != 0 {
		add("table_retention", "is no number of days", "write whole days")
	}
	problems = append(problems, checkRecordColumns(s.Records.Columns)...)
	return append(problems, checkKey(s.Records)...)
}

func checkRecordColumns(columns []limnograph.RecordColumn) (problems []problem) {
	if len(columns) == 0 || columns[0].Name != "ts" || columns[0].Type != limnograph.TimeColumn || !columns[0].Required {
		problems = append(problems, problem{"columns", "the first column is not ts, a time that is never NULL", "put it first"})
	}
	seen := make(map[string]bool)
	for i, c := range columns {
		path := "columns[" + strconv.Itoa(i) + "]"
		switch {
		case !isIdentifier(c.Name):
			problems = append(problems, problem{path, fmt.Sprintf("%.100q is no column name", c.Name), "use lower-case letters, digits and _"})
		case seen[c.Name]:
			problems = append(problems, problem{path, fmt.Sprintf("column name %q is used twice", c.Name), "remove one of them"})
		case c.Type < limnograph.TextColumn || c.Type > limnograph.TimeColumn:
			problems = append(problems, problem{path, fmt.Sprintf("column %s has no type", c.Name), "give it one"})
		}
		seen[c.Name] = true
	}
	return problems
}

// checkKey wants columns that a row always has: they name it.
func checkKey(records *limnograph.RecordLayout) (problems []problem) {
	if len(records.Key) == 0 {
		problems = append(problems, problem{"key", "no column is in the key", "name those that tell one row from another"})
	}
	for _, name := range records.Key {
		i := slices.IndexFunc(records.Columns, func(c limnograph.RecordColumn) bool { return c.Name == name })
		if i < 0 || !records.Columns[i].Required {
			problems = append(problems, problem{"key", fmt.Sprintf("%.100q is no column that is never NULL", name), "name columns that each row has"})
		}
	}
	return problems
}
