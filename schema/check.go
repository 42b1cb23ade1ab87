package schema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"limnograph"
)

const (
	maxNamespace = 255
	maxColumns   = 200
	minRetention = time.Hour // an object spans up to an hour of arrivals
)

// problem is one thing wrong with a schema, at a path such as dimensions[2].column.
type problem struct{ path, message, hint string }

// Validate checks a schema that did not come from a file; one as Unknown returns it is right too, and so is that of a
// record table. Errors: CodeInvalid, joined, one for each mistake.
func Validate(s limnograph.Schema) error {
	if s.Records != nil {
		return joined(s, checkRecords(s))
	}
	if isUnknown(s) {
		s.Namespace = "?"
	}
	return joined(s, check(s))
}

// ValidateLanded checks a schema whose table has a raw table and a view, which a record table has not. Errors: as Validate.
func ValidateLanded(s limnograph.Schema) error {
	if s.Records != nil {
		return joined(s, []problem{{"table", "is a record table, and has no raw table and no view", "leave it out of the catalogue of what landed"}})
	}
	return Validate(s)
}

func joined(s limnograph.Schema, problems []problem) error {
	var errs []error
	for _, p := range problems {
		message := p.message
		if strings.HasPrefix(message, "is ") {
			message = p.path + " " + message
		}
		errs = append(errs, invalid("schema of table "+strconv.Quote(s.Table)+": "+message, p.hint))
	}
	return errors.Join(errs...)
}

func invalid(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read schema definition", Message: message, Hint: hint}
}

// isUnknown reports whether nothing but the table name is known.
func isUnknown(s limnograph.Schema) bool {
	return s.Namespace == "" && s.Table != limnograph.OtherTable && len(s.Dimensions)+len(s.Totals)+len(s.Extracts) == 0
}

// check finds everything that is wrong with the meaning of a schema, in the order of its fields.
func check(s limnograph.Schema) []problem {
	problems := append(checkNamespace(s), checkTable(s)...)
	columns := make(map[string]bool)
	problems = append(problems, checkDimensions(s.Dimensions, columns)...)
	problems = append(problems, checkTotals(s.Totals)...)
	problems = append(problems, checkExtracts(s.Extracts, columns)...)
	if s.Retention < 0 || s.Retention > 0 && s.Retention < minRetention {
		problems = append(problems, problem{"retention", "is shorter than an hour", "write 400d, 26w, 36h or forever"})
	}
	if s.TableRetention < 0 || s.TableRetention%day != 0 {
		problems = append(problems, problem{"table_retention", "is no number of days", "write 800d, 104w or forever: whole days leave the table"})
	}
	problems = append(problems, checkProjection(s.Projection)...)
	if len(columns) > maxColumns {
		problems = append(problems, problem{
			"dimensions", fmt.Sprintf("%d columns are more than %d", len(columns), maxColumns),
			"promote fewer dimensions; all of them stay in the column dimensions",
		})
	}
	return problems
}

func checkNamespace(s limnograph.Schema) []problem {
	if s.Table == limnograph.OtherTable && s.Namespace == "" {
		return nil
	}
	if s.Namespace == "" {
		return []problem{{"namespace", "is missing", "add the CloudWatch namespace, such as namespace: AWS/EBS"}}
	}
	if len(s.Namespace) > maxNamespace || strings.TrimSpace(s.Namespace) != s.Namespace || hasControl(s.Namespace) {
		return []problem{{
			"namespace", fmt.Sprintf("namespace %.300q is no CloudWatch namespace", s.Namespace),
			"copy it as CloudWatch shows it: at most 255 characters, no spaces around it",
		}}
	}
	return nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

func checkTable(s limnograph.Schema) []problem {
	at := func(message, hint string) []problem { return []problem{{"table", message, hint}} }
	switch {
	case !isIdentifier(s.Table):
		return at(fmt.Sprintf("table %.100q is no table name", s.Table),
			fmt.Sprintf("use lower-case letters, digits and _, starting with a letter, at most %d, such as table: ebs_metrics", maxIdentifier))
	case s.Table == limnograph.OtherTable && s.Namespace != "":
		return at("table other_metrics takes the namespaces without a definition", "choose another name")
	case strings.HasPrefix(s.Table, "raw_") || strings.HasSuffix(s.Table, "_flat"):
		return at(fmt.Sprintf("table %q looks like a derived name", s.Table),
			"leave out raw_ and _flat: the raw table and the view get them by themselves")
	case limnograph.IsRecordTable(s.Table):
		return at(fmt.Sprintf("table name %q is reserved for what the Glue API tells of jobs and runs", s.Table), "choose another name, such as "+s.Table+"_metrics")
	case slices.Contains(productTables(), s.Table) || isReservedWord(s.Table):
		return at(fmt.Sprintf("table name %q is reserved", s.Table), "choose another name, such as "+s.Table+"_metrics")
	}
	return nil
}

func checkDimensions(dims []limnograph.PromotedDimension, columns map[string]bool) []problem {
	var problems []problem
	names := make(map[string]bool)
	for i, d := range dims {
		path := "dimensions[" + strconv.Itoa(i) + "]"
		switch {
		case !isDimensionName(d.Name):
			problems = append(problems, problem{
				path, fmt.Sprintf("%.300q is no dimension name", d.Name),
				"copy it as CloudWatch shows it: 1 to 255 characters",
			})
			continue
		case names[d.Name]:
			problems = append(problems, problem{path, fmt.Sprintf("dimension %q stands twice", d.Name), "remove one of them"})
		}
		names[d.Name] = true
		remedy := fmt.Sprintf("write {name: %s, column: another_name}", d.Name)
		problems = append(problems, checkColumn(path, d.Column, remedy, columns)...)
	}
	return problems
}

func isDimensionName(s string) bool { return s != "" && len(s) <= 255 && !hasControl(s) }

func checkColumn(path, column, remedy string, columns map[string]bool) []problem {
	var message string
	switch {
	case !isIdentifier(column):
		message = fmt.Sprintf("%.100q is no column name", column)
		remedy += ", of lower-case letters, digits and _"
	case slices.Contains(baseColumns(), column):
		message = fmt.Sprintf("column name %q is reserved: every table has it", column)
	case isReservedWord(column):
		message = fmt.Sprintf("column name %q is a word of SQL and would need quotes", column)
	case columns[column]:
		message = fmt.Sprintf("column name %q is used twice", column)
	default:
		columns[column] = true
		return nil
	}
	return []problem{{path, message, remedy}}
}

func checkTotals(totals []limnograph.Dimension) []problem {
	var problems []problem
	for i, t := range totals {
		path := "totals[" + strconv.Itoa(i) + "]"
		if !isDimensionName(t.Name) || t.Value == "" {
			problems = append(problems, problem{path, "a total needs a dimension and its value", "write JobRunId: ALL"})
		}
	}
	return problems
}

func checkExtracts(extracts []limnograph.ExtractedColumn, columns map[string]bool) []problem {
	var problems []problem
	for i, e := range extracts {
		path := "extract[" + strconv.Itoa(i) + "]"
		problems = append(problems, checkColumn(path, e.Column, "choose another name", columns)...)
		re, err := regexp.Compile(e.Pattern)
		if err != nil {
			problems = append(problems, problem{
				path, "the pattern of " + e.Column + " is no RE2 expression: " + err.Error(),
				"look-around and back references are not available; put the pattern in single quotes",
			})
			continue
		}
		if re.NumSubexp() == 0 {
			problems = append(problems, problem{
				path, "the pattern of " + e.Column + " has no group",
				"put parentheses around the part that becomes the column",
			})
		}
	}
	return problems
}
