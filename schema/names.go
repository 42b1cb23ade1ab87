package schema

import (
	"slices"
	"strings"
	"unicode"

	"limnograph"
)

// maxIdentifier keeps names within what PostgreSQL clients show (63 bytes), with room for "raw_" and "_flat".
const maxIdentifier = 54

// productTables are curated tables of the product itself, besides the record tables.
func productTables() []string {
	return []string{"audit", "datasets", "runs"}
}

// baseColumns are the columns that every raw table or flattening view has, now or once curated.
func baseColumns() []string {
	return []string{
		"ts", "account_id", "region", "namespace", "metric_name", "is_total", "dimensions", "max", "min", "sum",
		"count", "stats", "unit", "sid", "version", "year", "month", "day", "hour", "sender", "limno_position", "limno_common_attributes",
		"metric_stream_name", "timestamp", "value", "filename",
	}
}

// rawColumns are the columns that a raw table has besides its dimensions.
func rawColumns() []string {
	return []string{
		"metric_stream_name", "account_id", "region", "namespace", "metric_name", "dimensions", "timestamp", "value",
		"unit", "limno_position", "limno_common_attributes", "sender", "year", "month", "day", "hour", "filename",
	}
}

// RawDimensions returns the promoted dimensions that are columns of the raw table under their CloudWatch names.
// Column names are compared without case on every engine, so a dimension spelled like another column (Region) is
// left out there; the map column dimensions still has it.
func RawDimensions(s limnograph.Schema) []string {
	taken := rawColumns()
	var names []string
	for _, d := range s.Dimensions {
		if lower := strings.ToLower(d.Name); !slices.Contains(taken, lower) {
			taken = append(taken, lower)
			names = append(names, d.Name)
		}
	}
	return names
}

// SnakeCase turns a CloudWatch name into a column name: VolumeId becomes volume_id, DBInstanceIdentifier becomes
// db_instance_identifier, "Per-VPC Metrics" becomes per_vpc_metrics. The result may be empty or start with a digit.
func SnakeCase(name string) string {
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		if !isWord(r) {
			r = '_'
		}
		if startsWord(runes, i) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return squeeze(b.String())
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// startsWord finds the border before an upper-case letter: aB, 2Bc, and the last of ABc.
func startsWord(runes []rune, i int) bool {
	if i == 0 || !unicode.IsUpper(runes[i]) {
		return false
	}
	if unicode.IsLower(runes[i-1]) {
		return true
	}
	return i+1 < len(runes) && unicode.IsLower(runes[i+1]) && isWord(runes[i-1])
}

func squeeze(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '_' }), "_")
}

// defaultTable names the table of a namespace: AWS/EBS becomes ebs_metrics.
func defaultTable(namespace string) string {
	return SnakeCase(strings.TrimPrefix(namespace, "AWS/")) + "_metrics"
}

func isIdentifier(s string) bool {
	if s == "" || len(s) > maxIdentifier || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// reservedWords cannot be a bare column name in the Trino dialect or in DuckDB; people should never need quotes.
const reservedWords = ` all alter analyse analyze and any array as asc asymmetric between both by case cast check
 collate column constraint create cross cube current_catalog current_date current_path current_role current_schema
 current_time current_timestamp current_user deallocate default deferrable delete desc describe distinct do drop else
 end escape except execute exists extract false fetch for foreign from full grant group grouping having in initially
 inner insert intersect into is join json_array json_exists json_object json_query json_table json_value lambda
 lateral leading left like limit listagg localtime localtimestamp natural normalize not null offset on only or order
 outer pivot pivot_longer pivot_wider placing prepare primary qualify recursive references returning right rollup
 select show skip some summarize symmetric table then to trailing trim true uescape union unique unnest unpivot using
 values variadic when where window with `

func isReservedWord(s string) bool {
	return slices.Contains(strings.Fields(reservedWords), s)
}
