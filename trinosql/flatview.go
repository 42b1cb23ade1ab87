package trinosql

import (
	"fmt"
	"strings"

	"limnograph"
)

// A timestamp outside the years 1 to 9999 has no text that every client reads: ts is NULL there.
const timeSQL = `CASE WHEN "timestamp" BETWEEN -62135596800000 AND 253402300799999 THEN from_unixtime("timestamp" / 1E3, 'UTC') END`

// The arrival stands in an object's name: of the landing's form before the sequence number, of Data Firehose's form
// before the identifier (see objectkey). As text it sorts by time. An object of another name has no arrival: it comes
// before the others, in the order of the keys.
const arrivalSQL = `coalesce(
      regexp_extract("$path", '^.*-([0-9]{4}(?:-[0-9]{2}){5}\.[0-9]{3})-[0-9]{16,}\.gz$', 1),
      regexp_extract("$path", '^.*-([0-9]{4}(?:-[0-9]{2}){5})-[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?:\.[^/]*)?$', 1), '')`

// keySQL is the part of an object's key that differs within an arrival day: <sender>/<hour>/<name>. It sorts as the key
// does, and takes less of the memory that each datapoint needs while a query runs.
const keySQL = `regexp_replace("$path", '^.*/sender=([^/]*)/year=[^/]*/month=[^/]*/day=[^/]*/hour=([^/]*)/', '$1/$2/')`

// rankSQL orders the lines about one datapoint: sample count (none is lowest, not a number highest), number of
// statistics, arrival, key of an object without one, position, key. No part is NULL, because rows with NULL have no
// order.
const rankSQL = `CAST(ROW(
      CASE WHEN element_at("value", 'count') IS NULL THEN 0 WHEN is_nan(element_at("value", 'count')) THEN 2 ELSE 1 END,
      CASE WHEN is_nan(element_at("value", 'count')) THEN 0E0 ELSE coalesce(element_at("value", 'count'), 0E0) END,
      coalesce(cardinality("value"), -1), arrival, CASE WHEN arrival = '' THEN key ELSE '' END,
      coalesce(limno_position, -9223372036854775808), key)
      AS ROW(counted integer, samples double, statistics bigint, arrival varchar, unnamed varchar, position bigint, key varchar))`

// statsSQL is the JSON text of the statistics beyond the basic four, NULL when there are none.
const statsSQL = `CASE WHEN NOT none_match(map_keys("value"), k -> k NOT IN ('max', 'min', 'sum', 'count'))
    THEN json_format(CAST(map_filter("value", (k, v) -> k NOT IN ('max', 'min', 'sum', 'count')) AS JSON)) END`

// FlatView returns the text of the flattening view over the raw table of database, and its columns: those of the
// embedded view. Of the lines of an arrival day that say something about one datapoint it keeps the greatest (rankSQL).
// Year, month and day are in the key, so that filters on them reach the partitions.
//
// The text holds for Trino and for Athena, engine 3. Neither knows a line number: of two lines without a position in one
// object that differ in their values alone, it is not defined which one stays, but it is one of them as a whole.
func FlatView(s limnograph.Schema, database string) (sql string, columns []Column) {
	var list strings.Builder
	for i, c := range flatColumns(s) {
		columns = append(columns, c.Column)
		if i > 0 {
			list.WriteString(",\n  ")
		}
		list.WriteString(c.sql)
		if c.sql != identifier(c.Name) {
			list.WriteString(" AS " + identifier(c.Name))
		}
	}
	const keys = `account_id, region, namespace, metric_name, dimensions, "timestamp", unit, "year", "month", "day"`
	return fmt.Sprintf(`WITH line AS (
  SELECT account_id, region, namespace, metric_name, "timestamp", "value", limno_position, "year", "month", "day",
    coalesce(nullif(unit, ''), 'None') AS unit,
    %s AS dimensions,
    %s AS key,
    %s AS arrival
  FROM %s.%s
  WHERE metric_name IS NOT NULL
), datapoint AS (
  SELECT %s,
    max_by("value", %s) AS "value"
  FROM line
  GROUP BY %s
)
SELECT
  %s
FROM datapoint`, dimensionsSQL(s), keySQL, arrivalSQL, identifier(database), identifier(s.RawTable()), keys, rankSQL, keys, list.String()), columns
}

// dimensionsSQL is the JSON text of the dimensions with sorted names. A SerDe that lower-cases the names inside a map
// (Athena's may) is undone for the promoted dimensions, unless the map has the name in both spellings.
func dimensionsSQL(s limnograph.Schema) string {
	lowered, cases := loweredNames(s)
	if len(lowered) == 0 {
		return "coalesce(json_format(CAST(dimensions AS JSON)), '{}')"
	}
	return fmt.Sprintf(`CASE WHEN dimensions IS NULL THEN '{}'
      WHEN none_match(map_keys(dimensions), k -> k IN (%s)) THEN json_format(CAST(dimensions AS JSON))
      ELSE json_format(CAST(coalesce(try(transform_keys(dimensions, (k, v) -> CASE k%s ELSE k END)), dimensions) AS JSON)) END`,
		strings.Join(lowered, ", "), cases)
}

// loweredNames lists the lower-case spellings of promoted dimensions that are not promoted dimensions themselves, as
// literals, and the branches of CASE that restore them.
func loweredNames(s limnograph.Schema) (names []string, cases string) {
	taken := make(map[string]bool)
	for _, d := range s.Dimensions {
		taken[d.Name] = true
	}
	for _, d := range s.Dimensions {
		lower := strings.ToLower(d.Name)
		if !taken[lower] {
			taken[lower] = true
			names = append(names, literal(lower))
			cases += " WHEN " + literal(lower) + " THEN " + literal(d.Name)
		}
	}
	return names, cases
}

// dimensionSQL is the value of a dimension in the JSON text.
func dimensionSQL(name string) string {
	return "json_extract_scalar(dimensions, " + literal(`$["`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)+`"]`) + ")"
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

func extractSQL(pattern string) string {
	return "nullif(regexp_extract(metric_name, " + literal(translate(pattern)) + ", 1), '')"
}
