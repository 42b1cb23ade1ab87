package trinosql

import "limnograph"

// Column is a column of a table or view, with its type in Trino's words (as a view's document wants it) and in Hive's
// (as the catalogue's storage descriptor wants it).
type Column struct{ Name, Type, Hive string }

const (
	varchar     = "varchar"
	double      = "double"
	timestampTZ = "timestamp(3) with time zone"
)

func text(name string) Column   { return Column{name, varchar, "string"} }
func number(name string) Column { return Column{name, double, "double"} }
func bigint(name string) Column { return Column{name, "bigint", "bigint"} }
func flag(name string) Column   { return Column{name, "boolean", "boolean"} }

// RawColumns returns the columns of the raw table without its partition keys. Promoted dimensions are not among them: a
// JSON SerDe reads top-level members alone, so they are columns of the flattening view only.
func RawColumns() []Column {
	return []Column{
		text("metric_stream_name"), text("account_id"), text("region"), text("namespace"), text("metric_name"),
		{"dimensions", "map(varchar, varchar)", "map<string,string>"},
		bigint("timestamp"),
		{"value", "map(varchar, double)", "map<string,double>"},
		text("unit"), bigint("limno_position"),
		{"limno_common_attributes", "map(varchar, varchar)", "map<string,string>"},
	}
}

// PartitionKeys returns the partition keys of the raw table, in the order of its folders.
func PartitionKeys() []Column {
	return []Column{text("sender"), text("year"), text("month"), text("day"), text("hour")}
}

// flatColumn is a column of the flattening view and the SQL that makes it of a grouped datapoint.
type flatColumn struct {
	Column
	sql string
}

// flatColumns are the columns of the flattening view in the order that every engine has: is_total stands after the
// dimension that makes totals.
func flatColumns(s limnograph.Schema) []flatColumn {
	list := []flatColumn{
		{Column{"ts", timestampTZ, "timestamp"}, timeSQL},
		plain("account_id"), plain("region"), plain("namespace"), plain("metric_name"),
	}
	total := flatColumn{flag("is_total"), totalSQL(s)}
	placed := false
	for _, d := range s.Dimensions {
		list = append(list, flatColumn{text(d.Column), dimensionSQL(d.Name)})
		if !placed && makesTotals(s, d.Name) {
			list, placed = append(list, total), true
		}
	}
	if !placed {
		list = append(list, total)
	}
	for _, e := range s.Extracts {
		list = append(list, flatColumn{text(e.Column), extractSQL(e.Pattern)})
	}
	list = append(list, plain("dimensions"))
	for _, name := range []string{"max", "min", "sum", "count"} {
		list = append(list, flatColumn{number(name), `element_at("value", ` + literal(name) + ")"})
	}
	return append(list, flatColumn{text("stats"), statsSQL}, plain("unit"), plain("year"), plain("month"), plain("day"))
}

func plain(name string) flatColumn { return flatColumn{text(name), identifier(name)} }

func makesTotals(s limnograph.Schema, dimension string) bool {
	for _, t := range s.Totals {
		if t.Name == dimension {
			return true
		}
	}
	return false
}
