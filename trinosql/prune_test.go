package trinosql_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/schema"
	"limnograph/trinosql"
)

func schemas() []limnograph.Schema { return append(schema.Builtin(), schema.Other()) }

func qualify(name string) string { return `"limno"."` + name + `"` }

func between(from, to string) limnograph.TimeRange {
	parse := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil && s != "" {
			panic(err)
		}
		return at
	}
	return limnograph.TimeRange{From: parse(from), To: parse(to)}
}

func TestPrune(t *testing.T) {
	r := between("2026-11-24T01:00:00Z", "2026-11-24T13:00:00Z")
	const days = `("year" = '2026' AND "month" = '11' AND "day" BETWEEN '23' AND '26')`
	flat := `raw_glue_metrics_flat AS (SELECT * FROM "limno"."raw_glue_metrics_flat" WHERE ` + days + `)`
	raw := `raw_glue_metrics AS (SELECT * FROM "limno"."raw_glue_metrics" WHERE ` + days + `)`
	tests := map[string]struct{ sql, want string }{
		"Select":        {`SELECT 1 FROM raw_glue_metrics_flat`, `WITH ` + flat + ` SELECT 1 FROM raw_glue_metrics_flat`},
		"Comment":       {"-- title\nSELECT 1 FROM Raw_Glue_Metrics_Flat", "-- title\nWITH " + flat + " SELECT 1 FROM Raw_Glue_Metrics_Flat"},
		"Both":          {`SELECT 1 FROM raw_glue_metrics_flat, "raw_glue_metrics"`, `WITH ` + raw + `, ` + flat + ` SELECT 1 FROM raw_glue_metrics_flat, "raw_glue_metrics"`},
		"With":          {`WITH a AS (SELECT 1 FROM raw_glue_metrics_flat) SELECT * FROM a`, `WITH ` + flat + `, a AS (SELECT 1 FROM raw_glue_metrics_flat) SELECT * FROM a`},
		"WithRecursive": {`WITH RECURSIVE a AS (SELECT 1 FROM raw_glue_metrics_flat) SELECT * FROM a`, `WITH RECURSIVE ` + flat + `, a AS (SELECT 1 FROM raw_glue_metrics_flat) SELECT * FROM a`},
		"Parentheses":   {`(SELECT 1 FROM raw_glue_metrics)`, `WITH ` + raw + ` (SELECT 1 FROM raw_glue_metrics)`},
		"OwnName":       {`WITH raw_glue_metrics (a) AS (SELECT 1) SELECT * FROM raw_glue_metrics`, ""},
		"NoTable":       {`SELECT 'raw_glue_metrics' -- raw_glue_metrics`, ""},
		"HiddenColumn":  {`SELECT "$path" FROM raw_glue_metrics`, ""},
		"Describe":      {`DESCRIBE raw_glue_metrics`, ""},
		"Unreadable":    {`SELECT ' FROM raw_glue_metrics`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.sql
			}
			if got := trinosql.Prune(tt.sql, schemas(), qualify, r); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := trinosql.Prune(tt.sql, schemas(), qualify, limnograph.TimeRange{}); got != tt.sql {
				t.Errorf("without a range: %s", got)
			}
		})
	}
}

func TestPruneDays(t *testing.T) {
	tests := map[string]struct {
		r    limnograph.TimeRange
		want string
	}{
		"TwoMonths":  {between("2026-10-31T12:00:00Z", "2026-11-01T00:00:00Z"), `"year" = '2026' AND "month" = '10' AND "day" BETWEEN '31' AND '31' OR "year" = '2026' AND "month" = '11' AND "day" BETWEEN '01' AND '03'`},
		"ThreeYears": {between("2024-12-20T00:00:00Z", "2027-01-01T00:00:00Z"), `"year" = '2024' AND "month" = '12' AND "day" BETWEEN '19' AND '31' OR "year" BETWEEN '2025' AND '2026' OR "year" = '2027' AND "month" = '01' AND "day" BETWEEN '01' AND '03'`},
		"NewYear":    {between("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), `"year" = '2026' AND "month" = '12' AND "day" BETWEEN '31' AND '31' OR "year" = '2027' AND "month" = '01' AND "day" BETWEEN '01' AND '03'`},
		"OpenEnd":    {between("2026-12-31T12:00:00Z", ""), `"year" = '2026' AND "month" = '12' AND "day" BETWEEN '31' AND '31' OR "year" BETWEEN '2027' AND '9998' OR `},
		"OpenStart":  {between("", "0001-01-30T12:00:00Z"), `"year" = '0001' AND "month" = '01' AND "day" BETWEEN '01' AND '31' OR "year" = '0001' AND "month" = '02' AND "day" BETWEEN '01' AND '01'`},
		"Inverted":   {between("2026-11-24T00:00:00Z", "2026-11-01T00:00:00Z"), `WHERE false)`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := trinosql.Prune(`SELECT 1 FROM raw_glue_metrics`, schemas(), qualify, tt.r); !strings.Contains(got, tt.want) {
				t.Errorf("%s\nlacks %s", got, tt.want)
			}
		})
	}
}

// TestPruneKeepsEveryDay: a datapoint of the range arrives on a day that the predicate holds, however late it may be.
func TestPruneKeepsEveryDay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		from := time.Unix(rapid.Int64Range(1.2e9, 2.4e9).Draw(rt, "from"), 0).UTC()
		length := time.Duration(rapid.Int64Range(1, 3*366*24*3600).Draw(rt, "seconds")) * time.Second
		ts := from.Add(time.Duration(rapid.Int64Range(0, int64(length/time.Second)-1).Draw(rt, "ts")) * time.Second)
		arrival := ts.Add(time.Duration(rapid.Int64Range(-2*3600, 48*3600).Draw(rt, "lag")) * time.Second)
		sql := trinosql.Prune(`SELECT 1 FROM raw_glue_metrics`, schemas(), qualify, limnograph.TimeRange{From: from, To: from.Add(length)})
		if !holds(sql, arrival) {
			rt.Fatalf("%s of %s is not in %s", arrival, ts, sql)
		}
		if holds(sql, from.Add(-50*time.Hour)) || holds(sql, from.Add(length+73*time.Hour)) {
			rt.Fatalf("days far away are in %s", sql)
		}
	})
}

// holds evaluates the predicate of a pruned text for a day.
func holds(sql string, day time.Time) bool {
	_, predicate, _ := strings.Cut(sql, "WHERE (")
	predicate, _, _ = strings.Cut(predicate, "))")
	for _, term := range strings.Split(predicate, " OR ") {
		f := strings.Split(term, "'")
		year, month, date := day.Format("2006"), day.Format("01"), day.Format("02")
		if strings.Contains(term, `"year" BETWEEN`) {
			if f[1] <= year && year <= f[3] {
				return true
			}
		} else if f[1] == year && f[3] == month && f[5] <= date && date <= f[7] {
			return true
		}
	}
	return false
}

func TestPruneBindAndCheckAgree(t *testing.T) {
	sql := `SELECT count(*) FROM raw_glue_metrics_flat WHERE ts >= $from AND ts < $to`
	r := between("2026-11-24T01:00:00Z", "2026-11-24T13:00:00Z")
	bound, err := trinosql.Bind(sql, map[string]any{"from": r.From, "to": r.To})
	if err != nil {
		t.Fatal(err)
	}
	if err := trinosql.Check(bound, published()); err != nil {
		t.Error(err)
	}
	pruned := trinosql.Prune(bound, schemas(), func(name string) string { return name }, r)
	if err := trinosql.Check(pruned, published()); err != nil {
		t.Error(err)
	}
}
