package schema_test

import (
	"slices"
	"strings"
	"testing"

	"limnograph"
	"limnograph/record"
	"limnograph/schema"
)

// jobs is the schema of a record table that is right.
func jobs() limnograph.Schema {
	return limnograph.Schema{Table: limnograph.JobsTable, Records: &limnograph.RecordLayout{
		Columns: []limnograph.RecordColumn{
			{Name: "ts", Type: limnograph.TimeColumn, Required: true},
			{Name: "job_name", Type: limnograph.TextColumn, Required: true},
			{Name: "tags", Type: limnograph.TextColumn},
		},
		Key: []string{"job_name"},
	}}
}

func TestRecordTables(t *testing.T) {
	for _, s := range []limnograph.Schema{record.Runs().Schema(), record.Jobs().Schema(), record.Errors().Schema(), jobs()} {
		if err := schema.Validate(s); err != nil {
			t.Errorf("%s: %v", s.Table, err)
		}
		if err := schema.ValidateLanded(s); limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), "no raw table") {
			t.Errorf("%s as a landed table: %v", s.Table, err)
		}
		if _, err := schema.NewSet([]limnograph.Schema{s}); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s among the tables of namespaces: %v", s.Table, err)
		}
	}
	for _, s := range []limnograph.Schema{schema.Other(), schema.Unknown("x_metrics"), schema.Builtin()[0]} {
		if err := schema.ValidateLanded(s); err != nil {
			t.Errorf("%s: %v", s.Table, err)
		}
	}
}

func TestWrongRecordTables(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*limnograph.Schema)
		says   string
	}{
		"OtherName":   {func(s *limnograph.Schema) { s.Table = "glue_metrics" }, `"glue_metrics" is no record table`},
		"Namespace":   {func(s *limnograph.Schema) { s.Namespace = "Glue" }, "has no namespace"},
		"Dimensions":  {func(s *limnograph.Schema) { s.Dimensions = []limnograph.PromotedDimension{{Name: "A", Column: "a"}} }, "has no namespace, dimensions"},
		"Retention":   {func(s *limnograph.Schema) { s.TableRetention = 1 }, "table_retention is no number of days"},
		"NoColumns":   {func(s *limnograph.Schema) { s.Records.Columns, s.Records.Key = nil, nil }, "the first column is not ts"},
		"TimeIsLast":  {func(s *limnograph.Schema) { slices.Reverse(s.Records.Columns) }, "the first column is not ts"},
		"ColumnTwice": {func(s *limnograph.Schema) { s.Records.Columns[2].Name = "job_name" }, `column name "job_name" is used twice`},
		"ColumnName":  {func(s *limnograph.Schema) { s.Records.Columns[2].Name = "Tags" }, `"Tags" is no column name`},
		"NoType":      {func(s *limnograph.Schema) { s.Records.Columns[2].Type = 0 }, "column tags has no type"},
		"OtherType":   {func(s *limnograph.Schema) { s.Records.Columns[2].Type = limnograph.TimeColumn + 1 }, "column tags has no type"},
		"NoKey":       {func(s *limnograph.Schema) { s.Records.Key = nil }, "no column is in the key"},
		"KeyIsNull":   {func(s *limnograph.Schema) { s.Records.Key = []string{"tags"} }, `"tags" is no column that is never NULL`},
		"KeyIsNone":   {func(s *limnograph.Schema) { s.Records.Key = []string{"x"} }, `"x" is no column`},
		"NoRecords":   {func(s *limnograph.Schema) { s.Records = nil }, "is reserved for what the Glue API tells"},
	} {
		t.Run(name, func(t *testing.T) {
			s := jobs()
			tt.change(&s)
			if err := schema.Validate(s); limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}
