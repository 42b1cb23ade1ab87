//go:build peers

package peers_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"limnograph/schema"
	"limnograph/trinosql"
)

// readable are texts that people may run; the test makes others of them.
func readable() []string {
	return []string{
		`SELECT unit, count(*) FROM raw_glue_metrics WHERE day = '24' GROUP BY unit HAVING count(*) > 1 ORDER BY 1 LIMIT 5`,
		`WITH a AS (SELECT unit FROM raw_glue_metrics), b (x) AS (SELECT unit FROM a) SELECT * FROM b, a`,
		`SELECT * FROM raw_glue_metrics a JOIN raw_glue_metrics b ON a.unit = b.unit LEFT JOIN raw_glue_metrics c USING (unit)`,
		`SELECT * FROM (raw_glue_metrics a CROSS JOIN (SELECT 1) b (x)) OFFSET 1 ROWS FETCH FIRST 5 ROWS ONLY`,
		`SELECT k FROM raw_glue_metrics CROSS JOIN UNNEST(map_keys("value")) WITH ORDINALITY AS t (k, n)`,
		`SELECT * FROM raw_glue_metrics a, LATERAL (SELECT max(unit) FROM raw_glue_metrics b WHERE b.day = a.day) AS c`,
		`SELECT sum(1) OVER w FROM raw_glue_metrics TABLESAMPLE BERNOULLI (10) AS a WINDOW w AS (PARTITION BY unit ORDER BY day)`,
		`SELECT extract(year FROM now()), trim(both 'x' FROM unit), substring(unit FROM 2) FROM raw_glue_metrics WHERE unit IS DISTINCT FROM 'x'`,
		`SELECT ((SELECT 1) UNION (SELECT 2)), (SELECT max(unit) FROM raw_glue_metrics), EXISTS (SELECT 1 FROM raw_glue_metrics)`,
		`(SELECT 1) UNION ALL (SELECT 2) EXCEPT VALUES 3, 4`,
		`SELECT * FROM (VALUES (1, 'a')) AS t (n, s) WHERE n IN (SELECT 1) -- done`,
		`SELECT * FROM raw_glue_metrics, secret`,
		`WITH secret AS (SELECT * FROM secret) SELECT * FROM secret`,
		`SELECT * FROM (WITH secret AS (SELECT 1 AS x) SELECT * FROM secret) a`,
	}
}

// pieces are what is put into a text: words that bring a table, and what may hide them.
func pieces() []string {
	return strings.Fields(`secret secret "secret" FROM JOIN , , ( ) (SELECT(x)FROM(secret)) (SELECT(1)) AS a b WITH LIMIT 1 ALL OFFSET ROWS FETCH
 FIRST ONLY WINDOW TABLESAMPLE SYSTEM UNION EXCEPT VALUES TABLE SELECT * ON true USING (x) CROSS LEFT NATURAL LATERAL UNNEST ORDINALITY IS
 DISTINCT NOT EXTRACT TRIM SUBSTRING (year x . raw_glue_metrics ORDER BY GROUP WHERE HAVING OVER FILTER -- /* */ ' " [ ] -> ARRAY CASE END
 EXISTS IN RECURSIVE FOR MATCH_RECOGNIZE INNER OUTER AND = ;`)
}

// TestCheckedTextsReadNothingElse: of texts that were made at random and pass the check, Trino's own parser knows none that
// reads the table secret. There is no such table, so Trino says when it looks for it.
func TestCheckedTextsReadNothingElse(t *testing.T) {
	w := newTwins(t, schema.Builtin()[0])
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same texts each time
	split := regexp.MustCompile(`'[^']*'|"[^"]*"|\w+|\s+|.`)
	asked := 0
	for asked < 150 {
		words := split.FindAllString(readable()[random.IntN(len(readable()))], -1)
		for range 1 + random.IntN(3) {
			at := random.IntN(len(words))
			words[at] += " " + pieces()[random.IntN(len(pieces()))] + " "
			if other := random.IntN(len(words)); random.IntN(3) == 0 {
				words[other] = " "
			}
		}
		sql := strings.Join(words, "")
		if !strings.Contains(sql, "secret") || trinosql.Check(sql, []string{"raw_glue_metrics", "raw_glue_metrics_flat"}) != nil {
			continue
		}
		asked++
		full := strings.ReplaceAll(trinosql.Trim(sql), "raw_glue_metrics", w.name("raw_glue_metrics"))
		if _, err := askTrino(t, w.server, `EXPLAIN (TYPE IO) `+full); err != nil && (strings.Contains(err.Error(), "TABLE_NOT_FOUND") || strings.Contains(err.Error(), "MISSING_SCHEMA_NAME") || strings.Contains(err.Error(), "MISSING_CATALOG_NAME")) {
			t.Errorf("%q passes, but Trino says %v", sql, err)
		}
	}
}
