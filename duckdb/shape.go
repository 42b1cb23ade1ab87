package duckdb

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// shape is the type of a result's column as far as reading it depends on it. The driver takes quadratic time to read
// a map, without a look at time limits, so maps are read as lists of their entries.
type shape struct {
	name   string // of a column, or of a struct's member
	kind   duckdb.Type
	inside []shape // a list's element; a map's key and value; a struct's members
	column string  // the type in words, of a column, and of what is text in a result though the driver returns a value
}

const (
	listKind   = duckdb.TYPE_LIST
	mapKind    = duckdb.TYPE_MAP
	structKind = duckdb.TYPE_STRUCT
	otherKind  = duckdb.TYPE_INVALID // a fixed number of bytes
)

// describe returns the columns that a query gives, without running it.
func (s *session) describe(query string) (columns []shape, err error) {
	err = s.conn.Raw(func(raw any) (err error) {
		prepared, err := raw.(driver.ConnPrepareContext).PrepareContext(s.ctx, query)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, prepared.Close()) }()
		columns, err = columnShapes(prepared.(*duckdb.Stmt))
		return err
	})
	if err != nil {
		return nil, err
	}
	return columns, s.nameTypes(query, columns)
}

// nameTypes adds the types in words.
func (s *session) nameTypes(query string, columns []shape) (err error) {
	result, err := s.conn.QueryContext(s.ctx, query, s.args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	types, err := result.ColumnTypes()
	for i, t := range types {
		columns[i].column = typeName(t.DatabaseTypeName())
	}
	return err
}

func columnShapes(st *duckdb.Stmt) ([]shape, error) {
	count, err := st.ColumnCount()
	if err != nil {
		return nil, err
	}
	columns := make([]shape, count)
	for i := range columns {
		name, err := st.ColumnName(i)
		if err != nil {
			return nil, err
		}
		info, err := st.ColumnTypeInfo(i)
		if err != nil {
			columns[i] = shape{name: name} // a type without description, as that of NULL
			continue
		}
		columns[i] = shapeOf(name, info)
	}
	return columns, nil
}

func shapeOf(name string, info duckdb.TypeInfo) shape {
	switch d := info.Details().(type) {
	case *duckdb.ListDetails:
		return shape{name: name, kind: listKind, inside: []shape{shapeOf("", d.Child)}}
	case *duckdb.ArrayDetails:
		return shape{name: name, kind: listKind, inside: []shape{shapeOf("", d.Child)}}
	case *duckdb.MapDetails:
		return shape{name: name, kind: mapKind, inside: []shape{shapeOf("", d.Key), shapeOf("", d.Value)}}
	case *duckdb.StructDetails:
		s := shape{name: name, kind: structKind}
		for _, e := range d.Entries {
			s.inside = append(s.inside, shapeOf(e.Name(), e.Info()))
		}
		return s
	case *duckdb.UnionDetails:
		return shape{name: name, kind: duckdb.TYPE_UNION}
	}
	switch t := info.InternalType(); t {
	case duckdb.TYPE_VARCHAR, duckdb.TYPE_BLOB:
		return shape{name: name, kind: t}
	case duckdb.TYPE_DATE:
		return shape{name: name, kind: otherKind, column: "DATE"}
	case duckdb.TYPE_TIME, duckdb.TYPE_TIME_TZ:
		return shape{name: name, kind: otherKind, column: "TIME"}
	case duckdb.TYPE_UUID:
		return shape{name: name, kind: otherKind, column: "UUID"}
	}
	return shape{name: name, kind: otherKind}
}

// rewritten reports that the driver does not read this type as it is.
func (s shape) rewritten() bool {
	if s.kind == mapKind || s.kind == duckdb.TYPE_UNION {
		return true
	}
	for _, child := range s.inside {
		if child.rewritten() {
			return true
		}
	}
	return false
}

// named reports that a value within this one needs its type in words to be read.
func (s shape) named() bool {
	for _, child := range s.inside {
		if child.column != "" || child.named() {
			return true
		}
	}
	return false
}

// readable is the SQL of a value in a form that the driver reads in linear time: maps as lists of structs, a union,
// which may hold a map, as text.
func (s shape) readable(x string) string {
	if !s.rewritten() {
		return x
	}
	e := elementName(x)
	switch s.kind {
	case mapKind:
		members := fmt.Sprintf("{'key': %s, 'value': %s}", s.inside[0].readable(e+"['key']"), s.inside[1].readable(e+"['value']"))
		return fmt.Sprintf("list_transform(map_entries(%s), lambda %s: %s)", x, e, members)
	case listKind:
		return fmt.Sprintf("list_transform(%s, lambda %s: %s)", x, e, s.inside[0].readable(e))
	case structKind:
		members := make([]string, len(s.inside))
		for i, child := range s.inside {
			members[i] = literal(child.name) + ": " + child.readable(x+"["+literal(child.name)+"]")
		}
		return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN {%s} END", x, strings.Join(members, ", "))
	}
	return "CAST(" + x + " AS VARCHAR)"
}

// elementName names the element of a list so that no lambda hides that of another around it.
func elementName(x string) string {
	name, _, _ := strings.Cut(x, "[")
	if strings.HasPrefix(name, "limno_e") {
		return name + "e"
	}
	return "limno_e"
}

// bytes is the SQL of about how much memory a value takes once it is read.
func (s shape) bytes(x string) string {
	e := elementName(x)
	switch s.kind {
	case duckdb.TYPE_VARCHAR:
		return "coalesce(strlen(" + x + "), 0) + 16"
	case duckdb.TYPE_BLOB:
		return "coalesce(octet_length(" + x + "), 0) + 16"
	case mapKind:
		members := s.inside[0].bytes(e+"['key']") + " + " + s.inside[1].bytes(e+"['value']")
		return fmt.Sprintf("coalesce(list_sum(list_transform(map_entries(%s), lambda %s: %s)), 0)", x, e, members)
	case listKind:
		if s.inside[0].kind == otherKind {
			return "coalesce(len(" + x + ") * 16, 0)"
		}
		return fmt.Sprintf("coalesce(list_sum(list_transform(%s, lambda %s: %s)), 0)", x, e, s.inside[0].bytes(e))
	case structKind:
		sum := "16"
		for _, child := range s.inside {
			sum += " + " + child.bytes(x+"["+literal(child.name)+"]")
		}
		return sum
	case duckdb.TYPE_UNION:
		return "coalesce(strlen(CAST(" + x + " AS VARCHAR)), 0)"
	}
	return "16"
}

// value turns what the driver read of a readable form into what limnograph.Rows promises.
func (s shape) value(v any, columnType string) any {
	if v == nil || !s.rewritten() && !s.named() || s.kind == duckdb.TYPE_UNION {
		return value(v, columnType)
	}
	switch v := v.(type) {
	case []any:
		if s.kind == mapKind {
			return s.mapOf(v)
		}
		for i := range v {
			v[i] = s.inside[0].value(v[i], s.inside[0].column)
		}
		return v
	case map[string]any:
		for _, child := range s.inside {
			v[child.name] = child.value(v[child.name], child.column)
		}
		return v
	}
	return value(v, columnType)
}

func (s shape) mapOf(entries []any) map[string]any {
	m := make(map[string]any, len(entries))
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		m[fmt.Sprint(s.inside[0].value(entry["key"], ""))] = s.inside[1].value(entry["value"], s.inside[1].column)
	}
	return m
}
