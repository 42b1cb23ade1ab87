package columns_test

import (
	"maps"
	"strings"
	"testing"

	"limnograph"
	"limnograph/columns"
)

func names(all []columns.Column) string {
	var b []string
	for _, c := range all {
		b = append(b, c.Name)
	}
	return strings.Join(b, " ")
}

func TestColumnsOf(t *testing.T) {
	dimensions := []limnograph.PromotedDimension{{Name: "A", Column: "a"}, {Name: "B", Column: "b"}}
	tests := map[string]struct {
		schema limnograph.Schema
		want   string // between metric_name and dimensions
	}{
		"Glue":             {glue(t), "job_name job_run_id is_total metric_type source sink observability_group executor"},
		"Other":            {limnograph.Schema{}, "is_total"},
		"NoTotals":         {limnograph.Schema{Dimensions: dimensions}, "a b is_total"},
		"TotalOfFirst":     {limnograph.Schema{Dimensions: dimensions, Totals: []limnograph.Dimension{{Name: "A", Value: "x"}}}, "a is_total b"},
		"TotalNotPromoted": {limnograph.Schema{Dimensions: dimensions, Totals: []limnograph.Dimension{{Name: "C", Value: "x"}}}, "a b is_total"},
		"TwoTotals": {
			limnograph.Schema{Dimensions: dimensions, Totals: []limnograph.Dimension{{Name: "B", Value: "x"}, {Name: "A", Value: "x"}}}, "a is_total b",
		},
		"Extract": {limnograph.Schema{Dimensions: dimensions[:1], Extracts: []limnograph.ExtractedColumn{{Column: "e", Pattern: "(x)"}}}, "a is_total e"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := "ts account_id region namespace metric_name " + tt.want + " dimensions max min sum count stats unit sid version"
			all := columns.ColumnsOf(tt.schema)
			if got := names(all); got != want {
				t.Errorf("columns are\n%s, want\n%s", got, want)
			}
			for i, c := range all {
				if c.ID != i+1 || c.Doc == "" || c.Type == 0 {
					t.Errorf("column %d is %+v", i, c)
				}
			}
			if got := names(newLayout(t, tt.schema).Columns()); got != want {
				t.Errorf("columns of the layout are\n%s", got)
			}
		})
	}
}

func TestNewLayout(t *testing.T) {
	s := glue(t)
	ids := idsOf(s)
	ids["stats"] = 99
	l, err := columns.NewLayout(s, ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range l.Columns() {
		if c.ID != ids[c.Name] {
			t.Errorf("column %s has id %d, want %d", c.Name, c.ID, ids[c.Name])
		}
	}
}

func TestNewLayoutRefuses(t *testing.T) {
	s := glue(t)
	for name := range idsOf(s) {
		ids := maps.Clone(idsOf(s))
		delete(ids, name)
		_, err := columns.NewLayout(s, ids)
		if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	for _, pattern := range []string{"(", "no group"} {
		s.Extracts = []limnograph.ExtractedColumn{{Column: "executor", Pattern: pattern}}
		if _, err := columns.NewLayout(s, idsOf(s)); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("pattern %q: %v", pattern, err)
		}
	}
}
