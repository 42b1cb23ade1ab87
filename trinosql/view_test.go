package trinosql_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/objectkey"
	"limnograph/schema"
	"limnograph/trinosql"
)

func TestFlatViewColumns(t *testing.T) {
	tests := map[string]struct {
		schema limnograph.Schema
		want   string
	}{
		"Glue": {schema.Builtin()[0], "ts timestamp(3) with time zone timestamp, account_id varchar string, region varchar string, namespace varchar string, metric_name varchar string, " +
			"job_name varchar string, job_run_id varchar string, is_total boolean boolean, metric_type varchar string, source varchar string, sink varchar string, observability_group varchar string, executor varchar string, " +
			"dimensions varchar string, max double double, min double double, sum double double, count double double, stats varchar string, unit varchar string, year varchar string, month varchar string, day varchar string"},
		"Other": {schema.Other(), "ts timestamp(3) with time zone timestamp, account_id varchar string, region varchar string, namespace varchar string, metric_name varchar string, is_total boolean boolean, " +
			"dimensions varchar string, max double double, min double double, sum double double, count double double, stats varchar string, unit varchar string, year varchar string, month varchar string, day varchar string"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, columns := trinosql.FlatView(tt.schema, "limno")
			var got []string
			for _, c := range columns {
				got = append(got, c.Name+" "+c.Type+" "+c.Hive)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFlatViewQuotes: names and values from a definition can't leave their quotes.
func TestFlatViewQuotes(t *testing.T) {
	s := limnograph.Schema{
		Namespace: "X", Table: "x_metrics",
		Dimensions: []limnograph.PromotedDimension{{Name: `it's "a\b"`, Column: "odd"}, {Name: "Zone", Column: "zone"}, {Name: "zone", Column: "zone2"}},
		Totals:     []limnograph.Dimension{{Name: "Zone", Value: "x'y"}},
		Extracts:   []limnograph.ExtractedColumn{{Column: "part", Pattern: `^(it's)`}},
	}
	sql, _ := trinosql.FlatView(s, `da"ta`)
	for _, want := range []string{
		`FROM "da""ta"."raw_x_metrics"`,
		`json_extract_scalar(dimensions, '$["it''s \"a\\b\""]') AS "odd"`,
		`IS NOT DISTINCT FROM 'x''y'`,
		`regexp_extract(metric_name, '\A(it\''s)', 1)`,
	} {
		if !strings.Contains(sql, want) {
			t.Errorf("%s is not in\n%s", want, sql)
		}
	}
	if strings.Contains(sql, "WHEN 'zone' THEN 'Zone'") {
		t.Errorf("a promoted dimension takes the name of another:\n%s", sql)
	}
}

func TestViewDocument(t *testing.T) {
	sql, columns := trinosql.FlatView(schema.Builtin()[0], "limno")
	text := trinosql.ViewDocument(sql, "awsdatacatalog", "limno", columns)
	encoded, ok := strings.CutPrefix(text, "/* Presto View: ")
	encoded, ok2 := strings.CutSuffix(encoded, " */")
	data, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || !ok2 || err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	list, _ := got["columns"].([]any)
	delete(got, "columns")
	if diff := cmp.Diff(map[string]any{"originalSql": sql, "catalog": "awsdatacatalog", "schema": "limno"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(list) != len(columns) || fmt.Sprint(list[0]) != "map[name:ts type:timestamp(3) with time zone]" {
		t.Errorf("columns %v", list)
	}
	if len(text) > 409_600 {
		t.Errorf("%d bytes are more than a catalogue takes", len(text))
	}
}

// TestTypes: Trino names in documents and Hive names in descriptors, or information_schema breaks for the whole database.
func TestTypes(t *testing.T) {
	_, columns := trinosql.FlatView(schema.Builtin()[0], "limno")
	for _, c := range slices.Concat(columns, trinosql.RawColumns(), trinosql.PartitionKeys()) {
		if !slices.Contains([]string{"varchar", "double", "bigint", "boolean", "timestamp(3) with time zone", "map(varchar, varchar)", "map(varchar, double)"}, c.Type) {
			t.Errorf("%s has the type %q, which Trino does not know", c.Name, c.Type)
		}
		if !slices.Contains([]string{"string", "double", "bigint", "boolean", "timestamp", "map<string,string>", "map<string,double>"}, c.Hive) {
			t.Errorf("%s has the type %q, which Hive does not know", c.Name, c.Hive)
		}
	}
}

// TestPatterns: a pattern means the same after its translation (which is RE2 too, but for look-around).
func TestPatterns(t *testing.T) {
	inputs := []string{"", "glue.driver.x", "glue.12.x", "glue.ALL.x", "a", "ab", "aB", "K", "k", "\u212a", "ſ", "s", "a\nb", "a.b", "a-b_c", "é", "[x]", "a+b", "xyz123", "AAA", "aaa", " "}
	for _, pattern := range []string{
		`^glue\.([0-9]+|driver|ALL)\.`, `(a|b)+?`, `(?i)(k)`, `(?i)(straSSe|s)`, `([^0-9]+)`, `([^a]*)`, `(a{2,3})`, `(a{2})`, `(a{1,})`, `(?s)(a.b)`, `(a.b)`,
		`(\pL+)`, `([[:alpha:]]+)`, `(\d+)$`, `\b(\w+)\b`, `(?P<name>x)`, `(x)|(y)`, `()`, `([\-\]\[_+]+)`, `(\Qa+b\E)`, `(?:(a)|b)*`, `((?:ab)?)`, `(é)`, `([x-z]+)(1)`,
	} {
		before := regexp.MustCompile(pattern)
		s := limnograph.Schema{Namespace: "X", Table: "x_metrics", Extracts: []limnograph.ExtractedColumn{{Column: "part", Pattern: pattern}}}
		sql, _ := trinosql.FlatView(s, "limno")
		_, text, _ := strings.Cut(sql, "regexp_extract(metric_name, '")
		text, _, _ = strings.Cut(text, "', 1)")
		text = strings.ReplaceAll(text, "''", "'")
		after, err := regexp.Compile(text)
		if err != nil {
			t.Errorf("%s became %s: %v", pattern, text, err)
			continue
		}
		for _, in := range inputs {
			if want, got := before.FindStringSubmatch(in), after.FindStringSubmatch(in); fmt.Sprint(want) != fmt.Sprint(got) {
				t.Errorf("%s became %s: of %q %q, want %q", pattern, text, in, got, want)
			}
		}
	}
}

// TestTheViewFindsTheArrivalInAKey runs the patterns of the view over keys of every form.
func TestTheViewFindsTheArrivalInAKey(t *testing.T) {
	text, _ := trinosql.FlatView(schema.Other(), "limno")
	var patterns []*regexp.Regexp
	for _, found := range regexp.MustCompile(`regexp_extract\("\$path", '([^']*)', 1\)`).FindAllStringSubmatch(text, -1) {
		patterns = append(patterns, regexp.MustCompile(found[1]))
	}
	at := time.Date(2026, 11, 24, 5, 52, 2, 123_000_000, time.UTC)
	landing := objectkey.Landing{Table: "t", Sender: "a+b", Stream: "s+1", Arrival: at, Sequence: 7}
	packed, long := landing, landing
	packed.Through = 9
	long.Sequence, long.Through = 99_999_999_999_999_999, 99_999_999_999_999_999
	firehose := objectkey.Firehose{Stream: "s", Version: "1", Arrival: at, ID: "0f6a1d2e-3b4c-4d5e-8f90-a1b2c3d4e5f6", Extension: ".gz"}
	for key, want := range map[string]string{
		landing.Key(): "2026-11-24-05-52-02.123", packed.Key(): "2026-11-24-05-52-02.123", long.Key(): "2026-11-24-05-52-02.123",
		"x/" + firehose.Key(): "2026-11-24-05-52-02", "x/other.gz": "",
	} {
		got := ""
		for _, p := range patterns {
			if found := p.FindStringSubmatch("s3://bucket/" + key); found != nil && got == "" {
				got = found[1]
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
