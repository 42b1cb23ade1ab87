package duckdb_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"limnograph"
)

// TestUntrustedRefused: whatever is no plain SELECT over published names is refused in words.
func TestUntrustedRefused(t *testing.T) {
	l := newLake(t)
	f := l.object(noon, point{}.line())
	path := filepath.Join(l.dir, filepath.FromSlash(f.Key))
	tests := map[string]string{
		"Insert":                `INSERT INTO raw_glue_metrics VALUES (1)`,
		"Create":                `CREATE TABLE x AS SELECT 1`,
		"CreateMacro":           `CREATE MACRO x() AS 1`,
		"Drop":                  `DROP VIEW raw_glue_metrics`,
		"Update":                `UPDATE raw_glue_metrics SET unit = ''`,
		"Delete":                `DELETE FROM raw_glue_metrics`,
		"Copy":                  `COPY (SELECT 1) TO '/tmp/x'`,
		"Attach":                `ATTACH '/tmp/x.db'`,
		"Detach":                `DETACH memory`,
		"Install":               `INSTALL httpfs`,
		"Load":                  `LOAD httpfs`,
		"Set":                   `SET memory_limit = '1TB'`,
		"SetVariable":           `SET VARIABLE files_glue_metrics = ['/etc/passwd']`,
		"Reset":                 `RESET memory_limit`,
		"Call":                  `CALL pragma_version()`,
		"Pragma":                `PRAGMA database_list`,
		"Explain":               `EXPLAIN SELECT 1`,
		"Export":                `EXPORT DATABASE '/tmp/x'`,
		"Use":                   `USE system`,
		"Begin":                 `BEGIN`,
		"Prepare":               `PREPARE x AS SELECT 1`,
		"Execute":               `EXECUTE x`,
		"Checkpoint":            `CHECKPOINT`,
		"Vacuum":                `VACUUM`,
		"PivotStatement":        `PIVOT raw_glue_metrics ON unit USING count(*)`,
		"TwoStatements":         `SELECT 1; SELECT 2`,
		"SelectThenDrop":        `SELECT 1; DROP VIEW raw_glue_metrics`,
		"FileName":              `SELECT * FROM '` + path + `'`,
		"QuotedFileName":        `SELECT * FROM "` + path + `"`,
		"FromFirst":             `FROM '/etc/passwd'`,
		"ReadText":              `SELECT * FROM read_text('/etc/passwd')`,
		"ReadJSON":              `SELECT * FROM read_json('` + path + `')`,
		"ReadCSVInJoin":         `SELECT * FROM raw_glue_metrics, LATERAL read_csv('/etc/passwd')`,
		"Glob":                  `SELECT * FROM glob('/**')`,
		"GetEnv":                `SELECT getenv('HOME')`,
		"GetVariable":           `SELECT getvariable('files_glue_metrics')`,
		"CurrentSetting":        `SELECT current_setting('temp_directory')`,
		"Query":                 `SELECT * FROM query('SELECT 1')`,
		"QueryTable":            `SELECT * FROM query_table('raw_glue_metrics')`,
		"ExecuteSerialized":     `SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))`,
		"Settings":              `SELECT * FROM duckdb_settings()`,
		"SettingsView":          `SELECT * FROM duckdb_settings`,
		"Secrets":               `SELECT * FROM duckdb_secrets()`,
		"Variables":             `SELECT * FROM duckdb_variables()`,
		"Views":                 `SELECT * FROM duckdb_views()`,
		"ViewsView":             `SELECT * FROM duckdb_views`,
		"InformationViews":      `SELECT * FROM information_schema.views`,
		"SqliteMaster":          `SELECT * FROM sqlite_master`,
		"PgCatalog":             `SELECT * FROM pg_catalog.pg_class`,
		"PgSleep":               `SELECT pg_sleep(1)`,
		"SleepMs":               `SELECT sleep_ms(1000)`,
		"WriteLog":              `SELECT write_log('x')`,
		"NextVal":               `SELECT nextval('x')`,
		"Stats":                 `SELECT stats(unit) FROM raw_glue_metrics`,
		"Printf":                `SELECT printf('%1000000000d', 1)`,
		"ListReduce":            `SELECT list_reduce(['a'], lambda a, b: a || b)`,
		"Levenshtein":           `SELECT levenshtein('a', 'b')`,
		"SystemQualified":       `SELECT system.main.repeat('a', 1)`,
		"SchemaQualified":       `SELECT pg_catalog.pg_sleep(1)`,
		"InternalMacro":         `SELECT limno_upto(1)`,
		"HiddenInSubquery":      `SELECT 1 WHERE EXISTS (SELECT 1 FROM read_text('/etc/passwd'))`,
		"HiddenInCTE":           `WITH a AS (SELECT * FROM read_text('/etc/passwd')) SELECT 1`,
		"HiddenInCTEOfSubquery": `SELECT * FROM (WITH a AS (SELECT getvariable('x')) SELECT * FROM a)`,
		"HiddenInLambda":        `SELECT list_transform([1], lambda x: getvariable('x'))`,
		"HiddenInFilter":        `SELECT count(*) FILTER (WHERE getvariable('x') = 1)`,
		"HiddenInWindow":        `SELECT sum(1) OVER (ORDER BY getvariable('x'))`,
		"HiddenInOrder":         `SELECT 1 ORDER BY getvariable('x')`,
		"HiddenInLimit":         `SELECT 1 LIMIT getvariable('x')`,
		"HiddenInGroup":         `SELECT 1 GROUP BY getvariable('x')`,
		"HiddenInHaving":        `SELECT 1 HAVING getvariable('x')`,
		"HiddenInQualify":       `SELECT row_number() OVER () QUALIFY getvariable('x')`,
		"HiddenInValues":        `VALUES (getvariable('x'))`,
		"HiddenInUnion":         `SELECT 1 UNION SELECT getvariable('x')`,
		"HiddenInCase":          `SELECT CASE WHEN true THEN 1 ELSE getvariable('x') END`,
		"HiddenInAggregateArg":  `SELECT string_agg('a', ',' ORDER BY getvariable('x'))`,
		"HiddenInDistinctOn":    `SELECT DISTINCT ON (getvariable('x')) 1`,
		"HiddenInJoin":          `SELECT 1 FROM range(1) a JOIN range(1) b ON getvariable('x')`,
		"HiddenInStarReplace":   `SELECT * REPLACE (getvariable('x') AS unit) FROM raw_glue_metrics`,
		"HiddenInPivot":         `SELECT * FROM raw_glue_metrics PIVOT (count(getvariable('x')) FOR unit IN ('a'))`,
		"HiddenInDescribe":      `DESCRIBE SELECT getvariable('x')`,
		"HiddenInSummarize":     `SUMMARIZE SELECT getvariable('x')`,
		"HiddenInRecursive":     `WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT getvariable('x') FROM r) SELECT * FROM r`,
		"HiddenInMaterialized":  `WITH r AS MATERIALIZED (SELECT getvariable('x')) SELECT * FROM r`,
		"HiddenInDotCall":       `SELECT ('x').getvariable()`,
		"CTENameOutOfScope":     `SELECT * FROM (WITH "/etc/passwd.csv" AS (SELECT 1) SELECT * FROM "/etc/passwd.csv") a, "/etc/passwd.csv"`,
		"CTENameBeforeIt":       `WITH a AS (SELECT * FROM "b.csv"), "b.csv" AS (SELECT 1) SELECT * FROM a`,
		"DescribeFile":          `DESCRIBE '/etc/passwd'`,
		"SummarizeFile":         `SUMMARIZE '/etc/passwd'`,
		"ShowDatabases":         `SHOW DATABASES`,
		"ShowAllTables":         `SHOW ALL TABLES`,
		"UnknownTable":          `SELECT * FROM nothing`,
		"OtherCatalog":          `SELECT * FROM system.main.duckdb_views`,
		"Recursive":             `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n`,
		"Empty":                 ``,
		"Comment":               `-- nothing`,
	}
	for name, sql := range tests {
		t.Run(name, func(t *testing.T) {
			rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: sql, Untrusted: true})
			if err == nil {
				rows.Close()
				t.Fatalf("%s was run", sql)
			}
			code := limnograph.ErrorCode(err)
			if code != limnograph.CodeForbidden && (code != limnograph.CodeInvalid || !strings.Contains(err.Error(), "parse query")) {
				t.Errorf("%s: %v", code, err)
			}
			if strings.Contains(err.Error(), l.dir) && !strings.Contains(sql, l.dir) {
				t.Errorf("the error shows the data directory: %v", err)
			}
		})
	}
}

// TestMemoryBombsRefused: functions that make their input larger do not stand upon each other.
func TestMemoryBombsRefused(t *testing.T) {
	l := newLake(t)
	tests := map[string]string{
		"NestedTransform":         `SELECT list_transform(range(10000), lambda x: list_transform(range(10000), lambda y: x * y))`,
		"SeriesInTransform":       `SELECT list_transform(range(10000), lambda x: range(10000))`,
		"NestedComprehension":     `SELECT [[x * y FOR x IN range(10000)] FOR y IN range(10000)]`,
		"RepeatInTransform":       `SELECT array_apply(sequence(1, 10000), lambda x: repeat('a', 10000))`,
		"ColumnInTransform":       `SELECT list_transform(range(10000), lambda x: metric_name || x) FROM raw_glue_metrics`,
		"ReplaceByRepeat":         `SELECT length(replace(repeat('a', 10000), 'a', repeat('b', 10000)))`,
		"RegexpReplaceByRepeat":   `SELECT regexp_replace(repeat('a', 10000), 'a', repeat('b', 10000))`,
		"RegexpReplaceOfNothing":  `SELECT regexp_replace(repeat('a', 10000), '', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')`,
		"SplitOfAggregate":        `SELECT string_split(string_agg(repeat('a', 10000), ','), '') FROM range(100000)`,
		"RegexpSplitOfAggregate":  `SELECT regexp_split_to_array(string_agg(repeat('a', 10000), ','), '') FROM range(100000)`,
		"SplitOfPlainAggregate":   `SELECT len(string_split(string_agg('aaaa', ','), '')) FROM range(100000000)`,
		"AggregateOfRepeat":       `SELECT listagg(rpad('a', 10000, 'b')) FROM range(1000000)`,
		"AggregateOfAggregate":    `SELECT string_agg(s) FROM (SELECT string_agg(unit) AS s FROM raw_glue_metrics), range(1000000)`,
		"ThroughSubquery":         `SELECT replace(s, 'a', s) FROM (SELECT repeat('a', 10000) AS s)`,
		"ThroughStar":             `SELECT replace(s, 'a', s) FROM (SELECT * FROM (SELECT repeat('a', 10000) AS s))`,
		"ThroughCTE":              `WITH a AS (SELECT repeat('a', 10000) AS s), b AS MATERIALIZED (SELECT s FROM a) SELECT replace(x.s, 'a', y.s) FROM b x, b y`,
		"ThroughLateral":          `SELECT * FROM (SELECT repeat('a', 10000) AS s) a, LATERAL (SELECT replace(s, 'a', s))`,
		"ThroughAlias":            `SELECT repeat('a', 10000) AS s, replace(s, 'a', s)`,
		"ThroughUnion":            `SELECT replace(s, 'a', s) FROM (SELECT 'x' AS s UNION ALL SELECT repeat('a', 10000))`,
		"ThroughValues":           `SELECT replace(s, 'a', s) FROM (VALUES (repeat('a', 10000))) t(s)`,
		"ThroughUnnest":           `SELECT replace(s, 'a', s) FROM unnest([repeat('a', 10000)]) t(s)`,
		"ThroughCorrelation":      `SELECT (SELECT replace(s, 'a', s)) FROM (SELECT repeat('a', 10000) AS s)`,
		"InWhere":                 `SELECT 1 WHERE length(replace(repeat('a', 10000), 'a', repeat('b', 10000))) > 1`,
		"InOrder":                 `SELECT 1 ORDER BY replace(repeat('a', 10000), 'a', repeat('b', 10000))`,
		"InFilter":                `SELECT count(*) FILTER (WHERE replace(repeat('a', 10000), 'a', repeat('b', 10000)) = '')`,
		"InPivot":                 `SELECT * FROM raw_glue_metrics PIVOT (max(replace(repeat('a', 10000), 'a', repeat('b', 10000))) FOR unit IN ('a'))`,
		"DoublingSubqueries":      doubling(20),
		"DoublingAliases":         `SELECT unit || unit AS a, a || a AS b, b || b AS c, c || c AS d, d || d AS e, e || e AS f, f || f AS g, g || g AS h, h || h AS i, i || i AS j, j || j AS k, k || k AS l, l || l AS m FROM raw_glue_metrics`,
		"DoublingLists":           strings.ReplaceAll(strings.ReplaceAll(doubling(20), "s || s", "list_concat(s, s)"), "unit", "[unit]"),
		"JoinedByRepeat":          `SELECT array_to_string(range(10000), repeat('a', 10000))`,
		"SeparatedByRepeat":       `SELECT concat_ws(repeat('a', 10000), ` + strings.Repeat("1, ", 100) + `1)`,
		"RepeatedList":            `SELECT array_to_string(repeat([repeat('a', 10000)], 10000), '')`,
		"SelectedAgain":           `SELECT list_select([repeat('a', 10000)], list_transform(range(10000), lambda x: 1))`,
		"Bins":                    `SELECT equi_width_bins(0, 100000000, 1000000, false) FROM range(10000)`,
		"ListOfAllRowsForEach":    `SELECT list(range) OVER () FROM range(100000)`,
		"AggregateInDescribe":     `SUMMARIZE SELECT replace(repeat('a', 10000), 'a', repeat('b', 10000))`,
		"ReplacedAgain":           `SELECT replace(replace(replace(unit, 'o', 'oooooooooooooooooo'), 'o', 'oooooooooooooooooo'), 'o', 'oooooooooooooooooo') FROM raw_glue_metrics`,
		"ReplacedAgainInSubquery": `SELECT replace(u, 'o', '` + strings.Repeat("o", 90) + `') FROM (SELECT replace(unit, 'o', '` + strings.Repeat("o", 90) + `') AS u FROM raw_glue_metrics)`,
		"InStarReplace":           `SELECT * REPLACE (replace(repeat('a', 10000), 'a', repeat('b', 10000)) AS unit) FROM raw_glue_metrics`,
		"DotCall":                 `SELECT repeat('a', 10000).replace('a', repeat('b', 10000))`,
		"PatternRepeatsMatch":     `SELECT regexp_replace(regexp_replace(repeat('a', 10000), '(a*)(a*)(a*)', '\1\1\1\1'), '(a*)(a*)(a*)', '\1\1\1\1')`,
		"ManyPaths":               `SELECT json_extract(s, list_transform(range(10000), lambda x: '$')) FROM (SELECT to_json(repeat('a', 10000)) AS s)`,
	}
	for name, sql := range tests {
		t.Run(name, func(t *testing.T) {
			rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: sql, Untrusted: true})
			if err == nil {
				rows.Close()
				t.Fatalf("%s was run", sql)
			}
			if limnograph.ErrorCode(err) != limnograph.CodeForbidden || !strings.Contains(err.Error(), "very large values") {
				t.Errorf("%v", err)
			}
		})
	}
}

// doubling nests subqueries that each double a text.
func doubling(levels int) string {
	sql := `SELECT unit AS s FROM raw_glue_metrics`
	for range levels {
		sql = `SELECT s || s AS s FROM (` + sql + `)`
	}
	return sql
}

// TestRefusalsOfPlainMistakesSayWhy: the words name what to do instead.
func TestRefusalsOfPlainMistakesSayWhy(t *testing.T) {
	l := newLake(t)
	tests := map[string]struct {
		sql  string
		code limnograph.Code
		want string
	}{
		"Parameter":         {`SELECT ?`, limnograph.CodeInvalid, "has no value here"},
		"NumberedParameter": {`SELECT $1`, limnograph.CodeInvalid, "has no value here"},
		"ParameterInLimit":  {`SELECT 1 LIMIT ?`, limnograph.CodeInvalid, "has no value here"},
		"ParameterInOffset": {`SELECT 1 OFFSET $x`, limnograph.CodeInvalid, "has no value here"},
		"ParameterOfSample": {`SELECT * FROM raw_glue_metrics WHERE unit = $unit`, limnograph.CodeInvalid, "has no value here"},
		"Recursive":         {`WITH RECURSIVE n(i) AS (SELECT 'a' UNION ALL SELECT i || i FROM n) SELECT i FROM n`, limnograph.CodeForbidden, "WITH RECURSIVE is not available"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := l.run(limnograph.Query{SQL: tt.sql, Untrusted: true})
			if limnograph.ErrorCode(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
			if err := l.engine.Export(t.Context(), admin, limnograph.Query{SQL: tt.sql, Untrusted: true}, io.Discard); limnograph.ErrorCode(err) != tt.code {
				t.Errorf("export: %v", err)
			}
		})
	}
}

// TestUntrustedAllowed: plain analytical SQL runs.
func TestUntrustedAllowed(t *testing.T) {
	l := newLake(t)
	l.object(noon, point{}.line(), point{dims: `{"JobName":"load","JobRunId":"ALL"}`}.line())
	tests := map[string]string{
		"Select":              `SELECT 1;`,
		"Lower":               `select * from raw_glue_metrics_flat limit 1`,
		"MainQualified":       `SELECT count(*) FROM main.raw_glue_metrics`,
		"CatalogQualified":    `SELECT count(*) FROM memory.main.raw_glue_metrics`,
		"UpperCaseName":       `SELECT count(*) FROM RAW_GLUE_METRICS`,
		"CTE":                 `WITH a AS (SELECT * FROM raw_glue_metrics), b AS (SELECT * FROM a) SELECT * FROM b, a`,
		"RecursiveNotUsed":    `WITH RECURSIVE n(i) AS (SELECT 1) SELECT sum(i) FROM n`,
		"CTEInSubquery":       `WITH a AS (SELECT 1 x) SELECT * FROM (SELECT * FROM a) WHERE x IN (SELECT x FROM a)`,
		"Window":              `SELECT row_number() OVER (PARTITION BY job_name ORDER BY ts) FROM raw_glue_metrics_flat`,
		"GroupingSets":        `SELECT job_name, grouping(job_name), count(*) FROM raw_glue_metrics_flat GROUP BY GROUPING SETS ((job_name), ())`,
		"Filter":              `SELECT count(*) FILTER (WHERE NOT is_total) FROM raw_glue_metrics_flat`,
		"Unnest":              `SELECT * FROM unnest(sequence(1, 10))`,
		"MapAccess":           `SELECT value['sum'], element_at(value, 'p99'), map_keys(dimensions) FROM raw_glue_metrics`,
		"UnnestMap":           `SELECT k, v FROM raw_glue_metrics CROSS JOIN LATERAL (SELECT unnest(map_keys(value)) k, unnest(map_values(value)) v)`,
		"Extract":             `SELECT extract(hour FROM ts), date_trunc('day', ts), ts + INTERVAL '3' day, ts AT TIME ZONE 'UTC', cast(ts AS date) FROM raw_glue_metrics_flat`,
		"TrinoShim":           `SELECT date_diff('hour', timestamp '2026-11-24 10:59:00', timestamp '2026-11-24 11:01:00'), from_unixtime(0), regexp_like('a', 'b'), approx_distinct(1), approx_percentile(1.0, 0.5), lpad('1', 2, '0'), repeat('ab', 3), day_of_week(now()), 7 / 2`,
		"ListComprehension":   `SELECT [x * 2 FOR x IN [1, 2] IF x > 1]`,
		"Case":                `SELECT CASE WHEN 1 = 1 THEN 'a' ELSE NULL END, coalesce(NULL, 1), nullif(1, 1), try_cast('x' AS int), try(1 // 0)`,
		"Like":                `SELECT 'a' LIKE 'b', 'a' ILIKE 'A', 'a' NOT LIKE 'b%' ESCAPE '!', 'a' SIMILAR TO 'b', 'a' ~ 'a', 'a' BETWEEN 'a' AND 'b'`,
		"Position":            `SELECT position('a' IN 'ba'), substring('abc' FROM 2 FOR 1), trim(BOTH ' ' FROM ' a ')`,
		"Pivot":               `SELECT * FROM (SELECT unit, job_name FROM raw_glue_metrics_flat) PIVOT (count(*) FOR unit IN ('Count'))`,
		"Unpivot":             `SELECT * FROM (SELECT 1 a, 2 b) UNPIVOT (v FOR n IN (a, b))`,
		"ShowTables":          `SHOW TABLES`,
		"Describe":            `DESCRIBE raw_glue_metrics_flat`,
		"DescribeQuery":       `DESCRIBE SELECT * FROM raw_glue_metrics`,
		"Summarize":           `SUMMARIZE raw_glue_metrics_flat`,
		"InformationSchema":   `SELECT table_name FROM information_schema.tables`,
		"InformationColumns":  `SELECT column_name FROM information_schema.columns`,
		"Values":              `VALUES (1, 'a'), (2, 'b')`,
		"Range":               `SELECT count(*) FROM range(1000000)`,
		"SetOperations":       `SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 1 INTERSECT SELECT 2`,
		"AsOfJoin":            `SELECT * FROM range(3) a(x) ASOF JOIN range(2) b(y) ON a.x >= b.y`,
		"Sample":              `SELECT * FROM raw_glue_metrics USING SAMPLE 1 ROWS`,
		"DistinctOn":          `SELECT DISTINCT ON (job_name) job_name, ts FROM raw_glue_metrics_flat ORDER BY job_name, ts DESC`,
		"ColumnsExpression":   `SELECT max(COLUMNS('s.m')) FROM raw_glue_metrics_flat`,
		"ExcludeReplace":      `SELECT * EXCLUDE (dimensions) REPLACE (lower(unit) AS unit) FROM raw_glue_metrics_flat`,
		"CurrentTime":         `SELECT now(), current_date, current_timestamp, localtimestamp, current_user`,
		"StructDot":           `SELECT {'a': 1}.a, [1, 2][1], [1, 2, 3][1:2], {'a': 1}['a'], map {'k': 1}['k']`,
		"GroupByAll":          `SELECT job_name, count(*) FROM raw_glue_metrics_flat GROUP BY ALL ORDER BY ALL`,
		"FromFirst":           `FROM raw_glue_metrics SELECT count(*)`,
		"Json":                `SELECT dimensions::JSON ->> '$.JobName', json_extract_scalar(dimensions, '$.JobName') FROM raw_glue_metrics_flat`,
		"ArrayAggregates":     `SELECT array_agg(unit ORDER BY unit), string_agg(unit, ','), histogram(unit), max_by(unit, ts), list_sum([1,2]) FROM raw_glue_metrics_flat`,
		"Statistics":          `SELECT stddev_samp(x), corr(x, x), regr_slope(x, x), quantile_cont(x, 0.9), median(x), mode(x) FROM range(10) t(x)`,
		"PercentileCont":      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM range(10) t(x)`,
		"Interval":            `SELECT interval '1' minute * 3, time_bucket(INTERVAL '5 minutes', now()), generate_series(1, 3)`,
		"SeriesOfTimes":       `SELECT count(*) FROM generate_series(timestamp '2026-11-24', timestamp '2026-11-25', interval '1 hour')`,
		"NotIn":               `SELECT 1 WHERE 1 NOT IN (2, 3) AND NOT EXISTS (SELECT 1 WHERE false) AND 1 = ANY (SELECT 1)`,
		"Collate":             `SELECT 'a' = 'A' COLLATE NOCASE`,
		"PositionalReference": `SELECT 1 AS a ORDER BY 1`,
		"TrailingComment":     `SELECT 1; -- done`,
		"EndsInComment":       "SELECT 1 -- done",
		"SemicolonInText":     `SELECT ';' || ')' AS "a;b" FROM raw_glue_metrics_flat WHERE job_name IN ('a', 'b') ORDER BY 1;`,
		"NamedRow":            `SELECT cast(row(1, 'x') AS row(a int, b varchar)).a`,
		"Padding":             `SELECT lpad(day, 2, '0') || ':' || lpad(month, 2, '0') || repeat('#', 20), repeat('*', CAST("sum" AS INT)) FROM raw_glue_metrics_flat`,
		"SeveralReplacements": `SELECT regexp_replace(job_name, '-[0-9]+$', ''), replace(replace(replace(metric_name, 'glue.', ''), '.', '_'), '_', ' '), regexp_replace(regexp_replace(unit, '^C', 'c'), 't$', 'ts') FROM raw_glue_metrics_flat`,
		"ReplacedInSubquery":  `WITH a AS (SELECT replace(job_name, '-', '_') AS job, metric_name FROM raw_glue_metrics_flat) SELECT regexp_replace(job, '_v[0-9]$', ''), string_agg(DISTINCT replace(metric_name, 'glue.', ''), ', ' ORDER BY 1) FROM a GROUP BY 1`,
		"AggregatesOfText":    `SELECT string_agg(job_name || ':' || unit || ' ' || metric_name, ', '), list_sort(array_agg(DISTINCT unit)), array_to_string(list(unit), ', '), replace(string_agg(unit, ','), ',', ';') FROM raw_glue_metrics_flat`,
		"PaddedAggregate":     `SELECT string_agg(lpad(day, 2, '0'), ',') FROM raw_glue_metrics_flat`,
		"AggregatedThenRead":  `SELECT unit, len(jobs), jobs[1], jobs FROM (SELECT unit, list(DISTINCT job_name) AS jobs FROM raw_glue_metrics_flat GROUP BY 1)`,
		"SplitAndUnnest":      `SELECT list(part) FROM (SELECT unnest(string_split(metric_name, '.')) AS part FROM raw_glue_metrics)`,
		"SplitParts":          `SELECT list_transform(string_split(metric_name, '.'), lambda p: upper(trim(p))), split_part(metric_name, '.', 1) FROM raw_glue_metrics`,
		"TransformOfAll":      `SELECT list_transform(list(unit), lambda u: u || '!') FROM raw_glue_metrics_flat`,
		"TransformOfMap":      `SELECT list_transform(map_entries(dimensions), lambda e: e.key || '=' || e.value), list_filter(map_keys(value), lambda k: k LIKE 'p%') FROM raw_glue_metrics`,
		"HoursOfDay":          `SELECT list_transform(range(24), lambda h: lpad(CAST(h AS VARCHAR), 2, '0')), sequence(1, 24)`,
		"SeriesJoined":        `SELECT array_agg(h) FROM unnest(sequence(0, 23)) t(h)`,
		"NumbersOfAggregates": `SELECT sum(n) FROM (SELECT cardinality(histogram(metric_name)) AS n FROM raw_glue_metrics GROUP BY unit)`,
		"RunningSums":         `SELECT sum("sum") OVER (PARTITION BY job_name ORDER BY ts), lag("sum") OVER (ORDER BY ts), max("sum") OVER () FROM raw_glue_metrics_flat`,
		"TopOfAll":            `SELECT max(unit, 3), max_by(job_name, "sum"), arg_max(job_name, "sum", 3) FROM raw_glue_metrics_flat`,
		"DescribeSemicolon":   `DESCRIBE raw_glue_metrics_flat;`,
		"ShowSemicolon":       `SHOW TABLES;`,
	}
	for name, sql := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := l.run(limnograph.Query{SQL: sql, Untrusted: true}); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		})
	}
}

func TestInformationSchemaShowsPublishedNamesOnly(t *testing.T) {
	l := newLake(t)
	want := "raw_glue_metrics raw_glue_metrics_flat raw_other_metrics raw_other_metrics_flat"
	for _, sql := range []string{
		`SHOW TABLES`,
		`SELECT DISTINCT table_name FROM information_schema.tables ORDER BY 1`,
		`SELECT DISTINCT table_name FROM information_schema.columns ORDER BY 1`,
	} {
		if got := strings.Join(l.query(sql), " "); got != want {
			t.Errorf("%s: %s", sql, got)
		}
	}
}

func TestSyntaxErrorSaysWhere(t *testing.T) {
	l := newLake(t)
	_, err := l.run(limnograph.Query{SQL: "SELECT 1,\n  FROM FROM x", Untrusted: true})
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), "line 2, column 8") {
		t.Errorf("%v", err)
	}
}

// TestTrustedIsLockedDownToo: also a panel's text can't leave the landing objects.
func TestTrustedIsLockedDownToo(t *testing.T) {
	l := newLake(t)
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`SELECT * FROM read_text('` + secret + `')`,
		`SELECT * FROM read_text('` + l.dir + `/landing/metrics/../../../secret.txt')`,
		`SELECT * FROM '` + secret + `'`,
	} {
		if got, err := l.run(limnograph.Query{SQL: sql}); err == nil {
			t.Errorf("%s: %v", sql, got)
		}
	}
}

func TestErrorsShowNoPaths(t *testing.T) {
	l := newLake(t)
	f := l.object(noon, point{}.line())
	path := filepath.Join(l.dir, filepath.FromSlash(f.Key))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 12; i < len(data)-8; i++ {
		data[i] ^= 0x5a
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		_, err := l.run(limnograph.Query{SQL: `SELECT count(value) FROM raw_glue_metrics`, Untrusted: true})
		if err == nil || strings.Contains(err.Error(), l.dir) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("damaged object")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("missing object")
}

// TestFunctionListIsTrue: every allowed name is one that DuckDB has, so that a typing error can't hide.
func TestFunctionListIsTrue(t *testing.T) {
	l := newLake(t)
	known, err := l.run(limnograph.Query{SQL: `SELECT DISTINCT lower(function_name) FROM duckdb_functions()`})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, name := range strings.Fields(line) {
			n++
			if !slices.Contains(known, strings.ToLower(name)) {
				t.Errorf("DuckDB has no function %s", name)
			}
		}
	}
	if n < 400 {
		t.Errorf("only %d functions are listed", n)
	}
}
