package trinosql_test

import (
	"strings"
	"testing"

	"limnograph"
	"limnograph/trinosql"
)

func published() []string {
	return []string{"raw_glue_metrics", "raw_glue_metrics_flat", "raw_other_metrics", "raw_other_metrics_flat"}
}

// TestCheckRefuses: whatever is no plain query over published names is refused in words.
func TestCheckRefuses(t *testing.T) {
	const (
		forbidden = limnograph.CodeForbidden
		invalid   = limnograph.CodeInvalid
	)
	tests := map[string]struct {
		sql  string
		code limnograph.Code
	}{
		"Empty":                    {``, forbidden},
		"CommentAlone":             {`-- nothing`, forbidden},
		"Insert":                   {`INSERT INTO raw_glue_metrics VALUES (1)`, forbidden},
		"CreateTableAs":            {`CREATE TABLE x AS SELECT 1`, forbidden},
		"Drop":                     {`DROP VIEW raw_glue_metrics`, forbidden},
		"Update":                   {`UPDATE raw_glue_metrics SET unit = ''`, forbidden},
		"Delete":                   {`DELETE FROM raw_glue_metrics`, forbidden},
		"Merge":                    {`MERGE INTO raw_glue_metrics USING x ON true WHEN MATCHED THEN DELETE`, forbidden},
		"Call":                     {`CALL system.flush_metadata_cache()`, forbidden},
		"Prepare":                  {`PREPARE x FROM SELECT 1`, forbidden},
		"Execute":                  {`EXECUTE x`, forbidden},
		"ExecuteImmediate":         {`EXECUTE IMMEDIATE 'SELECT * FROM secret'`, forbidden},
		"Explain":                  {`EXPLAIN SELECT 1`, forbidden},
		"ExplainAnalyze":           {`EXPLAIN ANALYZE SELECT 1`, forbidden},
		"Unload":                   {`UNLOAD (SELECT * FROM raw_glue_metrics) TO 's3://b/' WITH (format = 'JSON')`, forbidden},
		"ExternalFunction":         {`USING EXTERNAL FUNCTION f(x varchar) RETURNS varchar LAMBDA 'l' SELECT f('a')`, forbidden},
		"Use":                      {`USE system.runtime`, forbidden},
		"SetSession":               {`SET SESSION x = 1`, forbidden},
		"Grant":                    {`GRANT SELECT ON raw_glue_metrics TO PUBLIC`, forbidden},
		"StartTransaction":         {`START TRANSACTION`, forbidden},
		"TableStatement":           {`TABLE secret`, forbidden},
		"Msck":                     {`MSCK REPAIR TABLE raw_glue_metrics`, forbidden},
		"ShowCatalogs":             {`SHOW CATALOGS`, forbidden},
		"ShowSchemas":              {`SHOW SCHEMAS`, forbidden},
		"ShowCreateView":           {`SHOW CREATE VIEW raw_glue_metrics_flat`, forbidden},
		"ShowTablesOfOther":        {`SHOW TABLES FROM other`, invalid},
		"ShowColumnsOfSecret":      {`SHOW COLUMNS FROM secret`, forbidden},
		"DescribeSecret":           {`DESCRIBE secret`, forbidden},
		"DescribeInput":            {`DESCRIBE INPUT x`, forbidden},
		"DescribeQualified":        {`DESCRIBE other.raw_glue_metrics`, forbidden},
		"NotSQL":                   {`SELEC 1`, invalid},
		"TwoStatements":            {`SELECT 1; SELECT 2`, forbidden},
		"SelectThenDrop":           {`SELECT 1; DROP VIEW raw_glue_metrics`, forbidden},
		"TwoSemicolons":            {`SELECT 1;;`, forbidden},
		"SemicolonInside":          {`SELECT (1; 2)`, invalid},
		"UnknownTable":             {`SELECT * FROM secret`, forbidden},
		"UnknownTableQuoted":       {`SELECT * FROM "secret"`, forbidden},
		"PublishedNameAndMore":     {`SELECT * FROM raw_glue_metrics2`, forbidden},
		"OtherSchema":              {`SELECT * FROM other.raw_glue_metrics`, forbidden},
		"OtherCatalog":             {`SELECT * FROM system.runtime.queries`, forbidden},
		"OtherCatalogSpaced":       {`SELECT * FROM raw_glue_metrics . secret`, forbidden},
		"OtherCatalogCommented":    {`SELECT * FROM raw_glue_metrics/**/.secret`, forbidden},
		"InformationSchema":        {`SELECT * FROM information_schema.tables`, forbidden},
		"Partitions":               {`SELECT * FROM "raw_glue_metrics$partitions"`, forbidden},
		"SecondOfComma":            {`SELECT * FROM raw_glue_metrics, secret`, forbidden},
		"SecondOfCommaBehindAlias": {`SELECT * FROM raw_glue_metrics AS a (x, y), secret`, forbidden},
		"BehindSample":             {`SELECT * FROM raw_glue_metrics TABLESAMPLE BERNOULLI (10), secret`, forbidden},
		"BehindUnnest":             {`SELECT * FROM UNNEST(ARRAY[1]) WITH ORDINALITY AS t (a, b), secret`, forbidden},
		"BehindWordAsAlias":        {`SELECT * FROM raw_glue_metrics rows, secret`, forbidden},
		"BehindLimitAsAlias":       {`SELECT * FROM raw_glue_metrics limit, secret`, invalid},
		"BehindOffsetAsAlias":      {`SELECT * FROM raw_glue_metrics offset, secret`, invalid},
		"BehindFetchAsAlias":       {`SELECT * FROM raw_glue_metrics fetch, secret`, invalid},
		"BehindWindowAsAlias":      {`SELECT * FROM raw_glue_metrics window, secret`, invalid},
		"JoinBehindLimitAsAlias":   {`SELECT * FROM raw_glue_metrics limit JOIN secret ON true`, invalid},
		"BehindLimit":              {`SELECT * FROM raw_glue_metrics LIMIT 1, secret`, invalid},
		"Join":                     {`SELECT * FROM raw_glue_metrics a JOIN secret b ON a.x = b.x`, forbidden},
		"LeftJoin":                 {`SELECT * FROM raw_glue_metrics LEFT OUTER JOIN secret USING (x)`, forbidden},
		"CrossJoin":                {`SELECT * FROM raw_glue_metrics CROSS JOIN secret`, forbidden},
		"JoinOfJoin":               {`SELECT * FROM raw_glue_metrics a JOIN raw_glue_metrics b JOIN secret c ON true ON true`, forbidden},
		"CommaBehindJoin":          {`SELECT * FROM raw_glue_metrics a JOIN raw_glue_metrics b ON a.x IN (1, 2), secret`, forbidden},
		"JoinInParentheses":        {`SELECT * FROM (raw_glue_metrics a JOIN secret ON true)`, forbidden},
		"TableInParentheses":       {`SELECT * FROM ((secret))`, forbidden},
		"Subquery":                 {`SELECT * FROM (SELECT * FROM secret)`, forbidden},
		"SubqueryOfParentheses":    {`SELECT * FROM ((SELECT 1) UNION (SELECT x FROM secret))`, forbidden},
		"Lateral":                  {`SELECT * FROM raw_glue_metrics, LATERAL (SELECT * FROM secret)`, forbidden},
		"Exists":                   {`SELECT 1 WHERE EXISTS (SELECT 1 FROM secret)`, forbidden},
		"In":                       {`SELECT 1 WHERE 1 IN (SELECT x FROM secret)`, forbidden},
		"Scalar":                   {`SELECT (SELECT max(x) FROM secret)`, forbidden},
		"ScalarOfParentheses":      {`SELECT ((SELECT 1) UNION SELECT x FROM secret)`, forbidden},
		"ScalarUnionTable":         {`SELECT ((SELECT 1) UNION TABLE secret)`, forbidden},
		"ScalarOfWith":             {`SELECT (WITH a AS (SELECT * FROM secret) SELECT * FROM a)`, forbidden},
		"InCase":                   {`SELECT CASE WHEN true THEN (SELECT x FROM secret) END`, forbidden},
		"InOrderBy":                {`SELECT 1 ORDER BY (SELECT x FROM secret)`, forbidden},
		"InGroupBy":                {`SELECT 1 GROUP BY (SELECT x FROM secret)`, forbidden},
		"InHaving":                 {`SELECT count(*) FROM raw_glue_metrics HAVING count(*) > (SELECT x FROM secret)`, forbidden},
		"InFilter":                 {`SELECT count(*) FILTER (WHERE x IN (SELECT x FROM secret)) FROM raw_glue_metrics`, forbidden},
		"InOver":                   {`SELECT sum(1) OVER (ORDER BY (SELECT x FROM secret)) FROM raw_glue_metrics`, forbidden},
		"InWindow":                 {`SELECT sum(1) OVER w FROM raw_glue_metrics WINDOW w AS (ORDER BY (SELECT x FROM secret))`, forbidden},
		"InArray":                  {`SELECT ARRAY[(SELECT x FROM secret)]`, forbidden},
		"InLambda":                 {`SELECT transform(ARRAY[1], x -> (SELECT x FROM secret))`, forbidden},
		"InValues":                 {`VALUES ((SELECT x FROM secret))`, forbidden},
		"InUnnest":                 {`SELECT * FROM UNNEST((SELECT array_agg(x) FROM secret))`, forbidden},
		"InSample":                 {`SELECT * FROM raw_glue_metrics TABLESAMPLE BERNOULLI ((SELECT x FROM secret))`, forbidden},
		"InOn":                     {`SELECT * FROM raw_glue_metrics a JOIN raw_glue_metrics b ON EXISTS (SELECT 1 FROM secret)`, forbidden},
		"InExtract":                {`SELECT EXTRACT(year FROM (SELECT x FROM secret))`, forbidden},
		"InTrim":                   {`SELECT TRIM(BOTH 'x' FROM (SELECT x FROM secret))`, forbidden},
		"InCast":                   {`SELECT CAST((SELECT x FROM secret) AS varchar)`, forbidden},
		"InListagg":                {`SELECT LISTAGG(x, ',') WITHIN GROUP (ORDER BY (SELECT x FROM secret)) FROM raw_glue_metrics`, forbidden},
		"SelectInTrim":             {`SELECT TRIM(SELECT x FROM secret)`, forbidden},
		"SelectInsideExpression":   {`SELECT (1 SELECT x FROM secret)`, invalid},
		"FromInFunction":           {`SELECT lower(x FROM secret)`, invalid},
		"FromInQuotedTrim":         {`SELECT "trim"(x FROM secret)`, invalid},
		"DistinctFrom":             {`SELECT DISTINCT FROM secret`, forbidden},
		"DistinctFromBehindTable":  {`SELECT a IS DISTINCT FROM b FROM secret`, forbidden},
		"Union":                    {`SELECT 1 UNION ALL SELECT x FROM secret`, forbidden},
		"UnionTable":               {`SELECT 1 UNION TABLE secret`, forbidden},
		"Except":                   {`SELECT 1 EXCEPT (SELECT x FROM secret)`, forbidden},
		"CTEBody":                  {`WITH a AS (SELECT * FROM secret) SELECT 1`, forbidden},
		"CTENamedLikeTable":        {`WITH secret AS (SELECT * FROM secret) SELECT * FROM secret`, forbidden},
		"CTEBeforeItsName":         {`WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a`, forbidden},
		"CTEOutOfScope":            {`SELECT * FROM (WITH secret AS (SELECT 1) SELECT * FROM secret) a, secret`, forbidden},
		"CTEOfOtherTerm":           {`(WITH secret AS (SELECT 1) SELECT * FROM secret) UNION SELECT x FROM secret`, forbidden},
		"CTEOfDottedI":             {"WITH \"\u0130tem\" AS (SELECT 1) SELECT * FROM item", forbidden},
		"Recursive":                {`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n`, forbidden},
		"RecursiveUnused":          {`WITH RECURSIVE n AS (SELECT 1) SELECT * FROM n`, forbidden},
		"InlineFunction":           {`WITH FUNCTION f() RETURNS int RETURN 1 SELECT f()`, invalid},
		"SessionProperty":          {`WITH SESSION query_max_run_time = '1d' SELECT 1`, invalid},
		"TableFunction":            {`SELECT * FROM TABLE(system.query('SELECT 1'))`, forbidden},
		"TableFunctionPlain":       {`SELECT * FROM TABLE(exclude_columns(input => TABLE(secret), columns => DESCRIPTOR(x)))`, forbidden},
		"FunctionAsTable":          {`SELECT * FROM raw_glue_metrics(1)`, forbidden},
		"JSONTable":                {`SELECT * FROM JSON_TABLE('{}', 'lax $' COLUMNS(a int))`, forbidden},
		"QualifiedFunction":        {`SELECT system.builtin.abs(1)`, forbidden},
		"MatchRecognize":           {`SELECT * FROM raw_glue_metrics MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS true)`, forbidden},
		"ForVersion":               {`SELECT * FROM raw_glue_metrics FOR VERSION AS OF 1`, forbidden},
		"HiddenPath":               {`SELECT "$path" FROM raw_glue_metrics`, forbidden},
		"HiddenPathQualified":      {`SELECT a."$path" FROM raw_glue_metrics a`, forbidden},
		"HiddenPathInWhere":        {`SELECT 1 FROM raw_glue_metrics WHERE "$file_size" > 1`, forbidden},
		"HiddenPathInUsing":        {`SELECT * FROM raw_glue_metrics a JOIN raw_glue_metrics b USING ("$path")`, forbidden},
		"Parameter":                {`SELECT ?`, invalid},
		"NamedParameter":           {`SELECT $x`, invalid},
		"NumberedParameter":        {`SELECT $1`, invalid},
		"ParameterInLimit":         {`SELECT 1 LIMIT ?`, invalid},
		"OpenString":               {`SELECT 'a`, invalid},
		"OpenName":                 {`SELECT "a`, invalid},
		"OpenComment":              {`SELECT 1 /* a`, invalid},
		"OpenParenthesis":          {`SELECT (1`, invalid},
		"ClosedParenthesis":        {`SELECT 1)`, invalid},
		"CrossedBrackets":          {`SELECT ARRAY[(1])`, invalid},
		"Backquotes":               {"SELECT * FROM `secret`", invalid},
		"UnicodeString":            {`SELECT U&'\0041'`, invalid},
		"CarriageReturnComment":    {"SELECT 1 -- \r FROM secret", forbidden},
		"NoNestedComments":         {`SELECT 1 /* /* */ FROM secret -- */`, forbidden},
		"LongS":                    {"SELECT 1 FROM raw_glue_metrics UNION \u017felect x FROM secret", invalid},
		"DotlessI":                 {"SELECT 1 FROM raw_glue_metrics a jo\u0131n secret ON true", invalid},
		"NoBreakSpace":             {"SELECT\u00a01", invalid},
		"FormFeed":                 {"SELECT\f1", invalid},
		"NotUTF8":                  {"SELECT '\xff'", invalid},
		"DigitName":                {`SELECT 1a FROM secret`, invalid},
		"IntoTable":                {`SELECT 1 INTO secret`, invalid},
		"DeepNesting":              {`SELECT ` + strings.Repeat("(", 5000) + `1` + strings.Repeat(")", 5000), invalid},
		"DeepQueries":              {strings.Repeat("(", 5000) + `SELECT 1` + strings.Repeat(")", 5000), invalid},
		"TooLong":                  {`SELECT '` + strings.Repeat("a", 300_000) + `'`, limnograph.CodeTooLarge},
	}
	if len(tests) < 60 {
		t.Errorf("only %d texts", len(tests))
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := trinosql.Check(tt.sql, published())
			if got := limnograph.ErrorCode(err); got != tt.code {
				t.Errorf("%.200s\n%v has code %q, want %q", tt.sql, err, got, tt.code)
			}
		})
	}
}

// TestCheckAllows: plain analytical SQL passes.
func TestCheckAllows(t *testing.T) {
	tests := map[string]string{
		"Select":            `SELECT 1;`,
		"Lower":             `select * from raw_glue_metrics_flat limit 1`,
		"UpperName":         `SELECT count(*) FROM RAW_GLUE_METRICS`,
		"QuotedName":        `SELECT count(*) FROM "Raw_Glue_Metrics"`,
		"TrailingComment":   "SELECT 1; -- done",
		"LeadingComment":    "/* about */ -- more\nSELECT 1",
		"CTE":               `WITH a AS (SELECT * FROM raw_glue_metrics), b (x) AS (SELECT unit FROM a) SELECT * FROM b, a`,
		"CTEInSubquery":     `WITH a AS (SELECT 1 x) SELECT * FROM (SELECT * FROM a) WHERE x IN (SELECT x FROM A)`,
		"CTEShadows":        `WITH raw_glue_metrics AS (SELECT * FROM raw_glue_metrics WHERE day = '24') SELECT * FROM raw_glue_metrics`,
		"NestedWith":        `SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a)`,
		"Joins":             `SELECT * FROM raw_glue_metrics a JOIN raw_other_metrics b ON a.unit = b.unit LEFT JOIN raw_glue_metrics c USING (unit, day) CROSS JOIN (SELECT 1) d (x)`,
		"ParenthesisedJoin": `SELECT * FROM (raw_glue_metrics a JOIN raw_other_metrics b ON true) JOIN raw_other_metrics ON true`,
		"Comma":             `SELECT * FROM raw_glue_metrics AS a, raw_other_metrics b WHERE a.unit = b.unit`,
		"Unnest":            `SELECT k, v FROM raw_glue_metrics CROSS JOIN UNNEST("value") AS t (k, v)`,
		"UnnestOrdinality":  `SELECT * FROM UNNEST(sequence(1, 10)) WITH ORDINALITY AS t (a, n)`,
		"Lateral":           `SELECT * FROM raw_glue_metrics a, LATERAL (SELECT max(unit) FROM raw_other_metrics b WHERE b.day = a.day) AS c`,
		"Window":            `SELECT row_number() OVER (PARTITION BY job_name ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM raw_glue_metrics_flat`,
		"NamedWindow":       `SELECT sum("sum") OVER w FROM raw_glue_metrics_flat WINDOW w AS (PARTITION BY job_name ORDER BY ts) ORDER BY 1`,
		"GroupingSets":      `SELECT job_name, grouping(job_name), count(*) FROM raw_glue_metrics_flat GROUP BY GROUPING SETS ((job_name), ())`,
		"Filter":            `SELECT count(*) FILTER (WHERE NOT is_total) FROM raw_glue_metrics_flat HAVING count(*) > 1`,
		"Listagg":           `SELECT listagg(unit, ',') WITHIN GROUP (ORDER BY unit) FROM raw_glue_metrics_flat GROUP BY job_name`,
		"Extract":           `SELECT extract(hour FROM ts), trim(both ' ' FROM unit), trim('a' FROM unit), substring(unit FROM 2 FOR 1), position('a' IN unit) FROM raw_glue_metrics_flat`,
		"DistinctFrom":      `SELECT unit IS DISTINCT FROM 'x', unit IS NOT DISTINCT FROM NULL FROM raw_glue_metrics WHERE unit IS DISTINCT FROM 'y'`,
		"Cast":              `SELECT CAST('2026-11-24 00:00:00 UTC' AS timestamp(3) with time zone), CAST(row(1, 'x') AS row(a int, b varchar)).a, TRY_CAST('x' AS double)`,
		"Literals":          `SELECT 1, -1.5e-3, .5, 1., 0x1F, 1_000, 'it''s', "sum", X'00', TIMESTAMP '2026-11-24 12:00:00 UTC', INTERVAL '3' DAY, ARRAY[1, 2][1], true, NULL`,
		"MapAccess":         `SELECT "value"['sum'], element_at("value", 'p99'), map_keys(dimensions) FROM raw_glue_metrics`,
		"Lambda":            `SELECT transform(map_values("value"), x -> x * 2), reduce(ARRAY[1], 0, (s, x) -> s + x, s -> s) FROM raw_glue_metrics`,
		"JSON":              `SELECT json_extract_scalar(dimensions, '$.JobName'), JSON_VALUE(dimensions, 'lax $.JobName' RETURNING varchar), JSON_OBJECT('a' : 1) FROM raw_glue_metrics_flat`,
		"Case":              `SELECT CASE WHEN 1 = 1 THEN 'a' ELSE NULL END, coalesce(NULL, 1), nullif(1, 1), IF(true, 1, 2)`,
		"Set":               `SELECT 1 UNION ALL SELECT 2 EXCEPT DISTINCT SELECT 1 INTERSECT SELECT 2 ORDER BY 1 DESC NULLS LAST OFFSET 1 ROW FETCH FIRST 5 ROWS ONLY`,
		"Parentheses":       `(SELECT 1) UNION (SELECT 2) LIMIT ALL`,
		"ScalarUnion":       `SELECT ((SELECT 1) UNION (SELECT 2))`,
		"Values":            `VALUES (1, 'a'), (2, 'b')`,
		"ValuesInFrom":      `SELECT * FROM (VALUES (1, 'a')) AS t (n, s)`,
		"InSubquery":        `SELECT 1 WHERE 1 NOT IN (SELECT 2) AND NOT EXISTS (SELECT 1 WHERE false) AND 1 = ANY (SELECT 1)`,
		"Sample":            `SELECT * FROM raw_glue_metrics TABLESAMPLE BERNOULLI (10) AS a WHERE unit LIKE 'a!%' ESCAPE '!'`,
		"AtTimeZone":        `SELECT ts AT TIME ZONE 'Europe/Berlin' FROM raw_glue_metrics_flat`,
		"WithTies":          `SELECT unit FROM raw_glue_metrics ORDER BY unit FETCH NEXT 5 ROWS WITH TIES`,
		"HiddenInString":    `SELECT '"$path" FROM secret; -- ' || '/*'`,
		"CommentInside":     "SELECT 1 -- FROM secret\r\n, 2 /* FROM secret; */",
		"ShowTables":        `SHOW TABLES;`,
		"ShowColumns":       `SHOW COLUMNS FROM raw_glue_metrics`,
		"Describe":          `describe RAW_GLUE_METRICS_FLAT;`,
		"QuotedColumns":     `SELECT a."limit", "from" FROM (SELECT 1 AS "limit", 2 AS "from") a`,
	}
	for name, sql := range tests {
		t.Run(name, func(t *testing.T) {
			if err := trinosql.Check(sql, published()); err != nil {
				t.Errorf("%s\n%v", sql, err)
			}
		})
	}
}

func TestCheckSaysWhere(t *testing.T) {
	tests := map[string]struct{ sql, want string }{
		"Position":  {"SELECT 1,\n  'é', FROM FROM x", `"FROM" is not understood here: expected a table (line 2, column 13)`},
		"Table":     {`SELECT * FROM secret`, `"secret" is no published table (at character 15)`},
		"Curated":   {`SELECT * FROM Glue_Metrics`, "ask raw_glue_metrics_flat"},
		"Qualified": {`SELECT * FROM limno.raw_glue_metrics`, "write the name of a published table alone"},
		"Statement": {`drop table x`, "DROP is not a query"},
		"Parameter": {`SELECT $x`, "has no value here"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := trinosql.Check(tt.sql, published()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v does not say %q", err, tt.want)
			}
		})
	}
}

func TestTrim(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1;": "SELECT 1", "SELECT ';' ; -- x": "SELECT ';'  -- x", "SELECT 1": "SELECT 1", "'": "'", "": "", ";": "",
	} {
		if got := trinosql.Trim(sql); got != want {
			t.Errorf("%q becomes %q, want %q", sql, got, want)
		}
	}
}
