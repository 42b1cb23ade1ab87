package trinosql_test

import (
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/schema"
	"limnograph/trinosql"
)

func TestStatement(t *testing.T) {
	schemas := []limnograph.Schema{schema.Builtin()[0]}
	day := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	at := trinosql.Place{Catalog: "awsdatacatalog", Schema: `a"b`}
	tests := map[string]struct {
		query limnograph.Query
		want  string
		code  limnograph.Code
	}{
		"OwnTextMayReadAnything": {query: limnograph.Query{SQL: "SELECT 1 FROM hidden"}, want: "SELECT 1 FROM hidden"},
		"PersonMayNot":           {query: limnograph.Query{SQL: "SELECT 1 FROM hidden", Untrusted: true}, code: limnograph.CodeForbidden},
		"PersonReadsPublished":   {query: limnograph.Query{SQL: "SELECT 1 FROM raw_glue_metrics_flat;", Untrusted: true}, want: "SELECT 1 FROM raw_glue_metrics_flat"},
		"PersonSeesPublishedTables": {
			query: limnograph.Query{SQL: "show tables ; -- all", Untrusted: true},
			want:  "SELECT name FROM UNNEST(CAST(ARRAY['raw_glue_metrics', 'raw_glue_metrics_flat'] AS array(varchar))) AS t (name) ORDER BY name",
		},
		"OwnTextSeesAllTables":     {query: limnograph.Query{SQL: "SHOW TABLES"}, want: "SHOW TABLES"},
		"ParametersBecomeLiterals": {query: limnograph.Query{SQL: "SELECT $x", Params: map[string]any{"x": "it's"}}, want: "SELECT  'it''s' "},
		"ParameterWithoutValue":    {query: limnograph.Query{SQL: "SELECT $x"}, code: limnograph.CodeInvalid},
		"RangePrunesTheFullName": {
			query: limnograph.Query{SQL: "SELECT 1 FROM raw_glue_metrics", Range: limnograph.TimeRange{From: day, To: day}},
			want: `WITH raw_glue_metrics AS (SELECT * FROM "awsdatacatalog"."a""b"."raw_glue_metrics" WHERE ("year" = '2026' AND "month" = '11' AND "day" BETWEEN '24' AND '26')) ` +
				`SELECT 1 FROM raw_glue_metrics`,
		},
		"ParametersCountForTheLimit": {query: limnograph.Query{SQL: "SELECT $x", Params: map[string]any{"x": strings.Repeat("'", 300)}}, code: limnograph.CodeTooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := trinosql.Statement(tt.query, schemas, at, 500)
			if got != tt.want || limnograph.ErrorCode(err) != tt.code {
				t.Errorf("%q, %v; want %q, %q", got, err, tt.want, tt.code)
			}
		})
	}
}
