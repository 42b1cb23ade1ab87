package schema_test

import (
	"strings"
	"testing"

	"limnograph"
	"limnograph/schema"
)

func TestParseTable(t *testing.T) {
	for name, tc := range map[string]struct{ table, text, words string }{
		"table by default":         {"ebs_metrics", "namespace: AWS/EBS\n", ""},
		"table by name":            {"volumes", "namespace: AWS/EBS\ntable: volumes\n", ""},
		"another table":            {"volumes", "namespace: AWS/EBS\n", "s3://lake/x.yaml: defines table ebs_metrics, and its name promises volumes"},
		"syntax":                   {"ebs_metrics", "namespace: [", "s3://lake/x.yaml:1:1: not valid YAML"},
		"built-in, columns kept":   {"glue_metrics", builtinText(), ""},
		"built-in, columns lost":   {"glue_metrics", "namespace: Glue\n", "column job_name (dimension JobName) is missing"},
		"built-in, moved":          {"jobs_metrics", "namespace: Glue\ntable: jobs_metrics\n", "table glue_metrics belongs to namespace Glue"},
		"built-in table, borrowed": {"glue_metrics", "namespace: AWS/EBS\ntable: glue_metrics\n", "table glue_metrics belongs to namespace Glue"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := schema.ParseTable(tc.table, "s3://lake/x.yaml", []byte(tc.text))
			if tc.words == "" {
				if err != nil || s.Table != tc.table {
					t.Errorf("%+v, %v", s, err)
				}
				return
			}
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("%v, want %q", err, tc.words)
			}
		})
	}
}

// builtinText is the definition of the built-in table with a further column.
func builtinText() string {
	return `namespace: Glue
dimensions: [JobName, JobRunId, {name: Type, column: metric_type}, {name: Source, column: source}, {name: Sink, column: sink}, ObservabilityGroup, Team]
totals: {JobRunId: ALL}
extract: {executor: '^glue\.([0-9]+|driver|ALL)\.'}
`
}
