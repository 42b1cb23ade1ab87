package trino

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// kind is a type of the result, as far as reading and naming it depends on it.
type kind struct {
	name   string   // of Trino, lower case and without parameters; "" for what is not known
	params string   // of a decimal: (10,2)
	inside []kind   // a list's element; a map's key and value; a row's fields
	fields []string // a row's field names
}

// kindOf reads what the client says of a column.
func kindOf(t *sql.ColumnType) kind {
	k := parseKind(strings.ToLower(t.DatabaseTypeName()))
	if precision, scale, ok := t.DecimalSize(); ok && k.name == "decimal" {
		k.params = fmt.Sprintf("(%d,%d)", precision, scale)
	}
	return k
}

// parseKind reads Trino's text of a type, such as map(varchar(3), timestamp(3) with time zone).
func parseKind(text string) kind {
	text = strings.TrimSpace(text)
	before, rest, found := strings.Cut(text, "(")
	if !found {
		return kind{name: text}
	}
	parts, after, ok := arguments(rest)
	if !ok {
		return kind{name: text}
	}
	k := kind{name: strings.TrimSpace(before)}
	switch k.name {
	case "array", "map":
		for _, p := range parts {
			k.inside = append(k.inside, parseKind(p))
		}
	case "row":
		for i, p := range parts {
			name, of := field(p, i)
			k.fields, k.inside = append(k.fields, name), append(k.inside, parseKind(of))
		}
	case "decimal":
		k.params = "(" + strings.ReplaceAll(strings.Join(parts, ","), " ", "") + ")"
	}
	if after = strings.TrimSpace(after); after != "" { // with time zone
		k.name += " " + after
	}
	return k
}

// arguments splits at the commas of this level, and returns what stands behind the closing parenthesis.
func arguments(text string) (parts []string, after string, ok bool) {
	depth, start, quoted := 0, 0, false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == ')':
			return append(parts, text[start:i]), text[i+1:], true
		case c == ',' && depth == 0:
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	return nil, "", false
}

// field splits a row's field into name and type. A field without a name gets that of the client.
func field(text string, position int) (name, of string) {
	text = strings.TrimSpace(text)
	unnamed := "field" + strconv.Itoa(position)
	if rest, ok := strings.CutPrefix(text, `"`); ok {
		if name, of, found := strings.Cut(rest, `" `); found {
			return strings.ReplaceAll(name, `""`, `"`), of
		}
		return unnamed, text
	}
	name, of, found := strings.Cut(text, " ")
	if !found || strings.Contains(name, "(") || isScalar(text) {
		return unnamed, text
	}
	return name, of
}

// isScalar reports whether a text of several words is a type without a name before it.
func isScalar(text string) bool {
	for _, start := range [...]string{"time with", "timestamp with", "interval day", "interval year", "double precision"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// String names the type as the embedded engine does, in upper case and without lengths.
func (k kind) String() string {
	switch k.name {
	case "array":
		if len(k.inside) == 1 {
			return k.inside[0].String() + "[]"
		}
	case "map":
		if len(k.inside) == 2 {
			return "MAP(" + k.inside[0].String() + ", " + k.inside[1].String() + ")"
		}
	case "row":
		members := make([]string, len(k.inside))
		for i, in := range k.inside {
			members[i] = identifier(k.fields[i]) + " " + in.String()
		}
		return "STRUCT(" + strings.Join(members, ", ") + ")"
	case "char":
		return "VARCHAR"
	case "real":
		return "FLOAT"
	case "varbinary":
		return "BLOB"
	case "interval day to second", "interval year to month":
		return "INTERVAL"
	case "unknown":
		return "NULL"
	}
	return strings.ToUpper(k.name) + k.params
}
