package duckdb

import (
	"fmt"
	"strings"

	"limnograph"
	"limnograph/schema"
)

// filesVariable is the session variable that holds the file list of a table.
func filesVariable(table string) string { return "files_" + table }

// A timestamp outside the years 1 to 9999 has no text that every client reads: ts is NULL there.
const (
	minMillis = -62_135_596_800_000
	maxMillis = 253_402_300_799_999
)

// maxLine is the longest line that can be read, in bytes: a Firehose record is at most 1,024,000.
const maxLine = 16 << 20

// scanSQL reads the objects of the session's file list. Lines that are no datapoint (which landing never writes) are
// NULL in metric_name instead of failing every query; both views leave them out.
func scanSQL(table string) string {
	return fmt.Sprintf(`read_json(getvariable(%s), format = 'newline_delimited', compression = 'gzip',
    columns = {metric_stream_name: 'VARCHAR', account_id: 'VARCHAR', region: 'VARCHAR', "namespace": 'VARCHAR', metric_name: 'VARCHAR',
      dimensions: 'MAP(VARCHAR, VARCHAR)', "timestamp": 'BIGINT', "value": 'MAP(VARCHAR, DOUBLE)', unit: 'VARCHAR', limno_position: 'BIGINT',
      limno_common_attributes: 'MAP(VARCHAR, VARCHAR)'},
    hive_partitioning = true, hive_types = {sender: 'VARCHAR', "year": 'VARCHAR', "month": 'VARCHAR', "day": 'VARCHAR', "hour": 'VARCHAR'},
    maximum_object_size = %d, ignore_errors = true)`, literal(filesVariable(table)), maxLine)
}

// rawViewSQL creates the table of lines as delivered.
func rawViewSQL(s limnograph.Schema) string {
	var dims strings.Builder
	for _, name := range schema.RawDimensions(s) {
		fmt.Fprintf(&dims, ",\n  dimensions[%s] AS %s", literal(name), identifier(name))
	}
	return fmt.Sprintf(`CREATE OR REPLACE VIEW %s AS SELECT
  metric_stream_name, account_id, region, "namespace", metric_name, dimensions, "timestamp", "value", unit, limno_position, limno_common_attributes%s,
  sender, "year", "month", "day", "hour"
FROM %s
WHERE metric_name IS NOT NULL`, identifier(s.RawTable()), dims.String(), scanSQL(s.Table))
}

// flatViewSQL creates the flattening view: of the lines of an arrival day that say something about one datapoint it
// keeps the greatest by sample count, number of statistics, arrival, position, and last object key.
//
// The files are listed in key order, so file_index stands for the object key. The order is one sort key, and each
// statistic an aggregate of its own: DuckDB computes only those that a query reads. Columns are made from the keys
// after the grouping, so that filters on them are applied before it.
func flatViewSQL(s limnograph.Schema) string {
	return fmt.Sprintf(`CREATE OR REPLACE VIEW %s AS
WITH line AS (
  SELECT account_id, region, "namespace", metric_name, "timestamp", "value", "year", "month", "day",
    coalesce(nullif(unit, ''), 'None') AS unit,
    %s AS dimensions,
    create_sort_key("value"['count'], 'ASC NULLS FIRST', cardinality("value"), 'ASC NULLS FIRST',
      %s, 'ASC NULLS FIRST', %s, 'ASC NULLS FIRST', limno_position, 'ASC NULLS FIRST', file_index, 'ASC NULLS FIRST') AS rank
  FROM %s
  WHERE metric_name IS NOT NULL
), datapoint AS (
  SELECT account_id, region, "namespace", metric_name, dimensions, "timestamp", unit, "year", "month", "day",
    arg_max_null("value"['max'], rank) AS "max",
    arg_max_null("value"['min'], rank) AS "min",
    arg_max_null("value"['sum'], rank) AS "sum",
    arg_max_null("value"['count'], rank) AS "count",
    arg_max_null(%s, rank) AS stats
  FROM line
  GROUP BY account_id, region, "namespace", metric_name, dimensions, "timestamp", unit, "year", "month", "day"
)
SELECT
  CASE WHEN "timestamp" BETWEEN %d AND %d THEN make_timestamptz("timestamp" * 1000) END AS ts,
  account_id, region, "namespace", metric_name,
  %s
  dimensions, "max", "min", "sum", "count", stats, unit, "year", "month", "day"
FROM datapoint`, identifier(s.FlatView()), dimensionsSQL, arrivalSQL, unnamedSQL, scanSQL(s.Table), statsSQL, minMillis, maxMillis, schemaColumns(s))
}

// The arrival stands in an object's name: of the landing's form before the sequence number, of Data Firehose's form
// before the identifier (see objectkey), behind whatever the stream is called; as text it sorts by time. It is constant
// for a file, so it is computed once for each vector, not each line, and most names are told by their length alone. An
// object of another name has no arrival: it comes before the others, in the order of the keys.
const (
	isNamedSQL = `regexp_full_match(right(filename, 44), '-\d{4}(-\d\d){5}\.\d{3}-\d{16}\.gz')`
	longSQL    = `regexp_extract(filename, '-(\d{4}(?:-\d\d){5}\.\d{3})-\d{17,}\.gz$', 1)`
	fireSQL    = `regexp_extract(filename, '^.*-(\d{4}(?:-\d\d){5})-[[:xdigit:]]{8}(?:-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}(?:\.[^/]*)?$', 1)`
	arrivalSQL = `CASE WHEN ` + isNamedSQL + ` THEN left(right(filename, 43), 23) ELSE coalesce(nullif(` + longSQL + `, ''), nullif(` + fireSQL + `, '')) END`
	unnamedSQL = `CASE WHEN ` + arrivalSQL + ` IS NULL THEN file_index END`
)

// dimensionsSQL is the JSON text of the dimensions with sorted names; most lines have them sorted already.
const dimensionsSQL = `CASE WHEN dimensions IS NULL THEN '{}'
      WHEN list_sort(map_keys(dimensions)) = map_keys(dimensions) THEN CAST(to_json(dimensions) AS VARCHAR)
      ELSE CAST(to_json(map_from_entries(list_sort(map_entries(dimensions)))) AS VARCHAR) END`

// statsSQL is the JSON text of the statistics beyond the basic four, NULL when there are none.
const statsSQL = `CASE WHEN cardinality("value") > CAST(map_contains("value", 'max') AS INTEGER) + CAST(map_contains("value", 'min') AS INTEGER)
        + CAST(map_contains("value", 'sum') AS INTEGER) + CAST(map_contains("value", 'count') AS INTEGER)
      THEN CAST(to_json(map_from_entries(list_sort(list_filter(map_entries("value"),
        lambda e: e.key NOT IN ('max', 'min', 'sum', 'count'))))) AS VARCHAR) END`

// schemaColumns are the columns that the schema adds, in its order: those of glue_metrics put is_total after the
// dimension that makes totals.
func schemaColumns(s limnograph.Schema) string {
	var b strings.Builder
	total := totalSQL(s)
	for _, d := range s.Dimensions {
		fmt.Fprintf(&b, "%s AS %s,\n  ", dimensionSQL(d.Name), identifier(d.Column))
		if total != "" && makesTotals(s, d.Name) {
			fmt.Fprintf(&b, "%s AS is_total,\n  ", total)
			total = ""
		}
	}
	if total != "" {
		fmt.Fprintf(&b, "%s AS is_total,\n  ", total)
	}
	for _, e := range s.Extracts {
		fmt.Fprintf(&b, "nullif(regexp_extract(metric_name, %s, 1), '') AS %s,\n  ", literal(e.Pattern), identifier(e.Column))
	}
	return b.String()
}

func dimensionSQL(name string) string {
	return "json_extract_string(dimensions, " + literal(pointer(name)) + ")"
}

func makesTotals(s limnograph.Schema, dimension string) bool {
	for _, t := range s.Totals {
		if t.Name == dimension {
			return true
		}
	}
	return false
}

func totalSQL(s limnograph.Schema) string {
	if len(s.Totals) == 0 {
		return "false"
	}
	var conditions []string
	for _, t := range s.Totals {
		conditions = append(conditions, dimensionSQL(t.Name)+" IS NOT DISTINCT FROM "+literal(t.Value))
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}
