package schema_test

import (
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/schema"
)

func stored() limnograph.Schema {
	return limnograph.Schema{
		Namespace: "AWS/EBS", Table: "ebs_metrics",
		Dimensions: []limnograph.PromotedDimension{{Name: "VolumeId", Column: "volume_id"}, {Name: "Zone", Column: "zone"}},
		Totals:     []limnograph.Dimension{{Name: "VolumeId", Value: "ALL"}},
		Extracts:   []limnograph.ExtractedColumn{{Column: "kind", Pattern: "^(V)"}},
	}
}

func TestEvolve(t *testing.T) {
	tests := map[string]func(s *limnograph.Schema){
		"Same": func(*limnograph.Schema) {},
		"ColumnAdded": func(s *limnograph.Schema) {
			s.Dimensions = append(s.Dimensions, limnograph.PromotedDimension{Name: "A", Column: "a"})
		},
		"PatternAdded": func(s *limnograph.Schema) {
			s.Extracts = append(s.Extracts, limnograph.ExtractedColumn{Column: "a", Pattern: "(a)"})
		},
		"TotalAdded": func(s *limnograph.Schema) {
			s.Totals = append(s.Totals, limnograph.Dimension{Name: "Zone", Value: "ALL"})
		},
		"OrderChanged": func(s *limnograph.Schema) { s.Dimensions[0], s.Dimensions[1] = s.Dimensions[1], s.Dimensions[0] },
		"TwoColumns": func(s *limnograph.Schema) {
			s.Dimensions = append(s.Dimensions, limnograph.PromotedDimension{Name: "Zone", Column: "zone2"})
		},
		"Retention":     func(s *limnograph.Schema) { s.Retention = time.Hour },
		"ProjectionOn":  func(s *limnograph.Schema) { s.Projection = limnograph.Projection{Senders: []string{"a"}, Since: 2026} },
		"FromUnknown":   nil,
		"ProjectionOff": nil,
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			old, next := stored(), stored()
			switch {
			case change != nil:
				change(&next)
			case name == "FromUnknown":
				old = schema.Unknown("ebs_metrics")
			default:
				old.Projection = limnograph.Projection{Senders: []string{"a"}, Since: 2026}
			}
			if err := schema.Evolve(old, next); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEvolveRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(s *limnograph.Schema)
		want   []string
	}{
		"ColumnLost":     {func(s *limnograph.Schema) { s.Dimensions = s.Dimensions[:1] }, []string{`table ebs_metrics would lose the column zone (dimension "Zone")`, "put it back"}},
		"ColumnRenamed":  {func(s *limnograph.Schema) { s.Dimensions[1].Column = "az" }, []string{`lose the column zone (dimension "Zone")`}},
		"OtherDimension": {func(s *limnograph.Schema) { s.Dimensions[1].Name = "AZ" }, []string{`change the column zone from dimension "Zone" to dimension "AZ"`, "a column name of its own"}},
		"OtherCase":      {func(s *limnograph.Schema) { s.Dimensions[1].Name = "zone" }, []string{`change the column zone`}},
		"PatternChanged": {func(s *limnograph.Schema) { s.Extracts[0].Pattern = "(V)" }, []string{`change the column kind from pattern "^(V)" to pattern "(V)"`}},
		"PatternLost":    {func(s *limnograph.Schema) { s.Extracts = nil }, []string{"lose the column kind"}},
		"BecomesPattern": {func(s *limnograph.Schema) {
			s.Dimensions = s.Dimensions[:1]
			s.Extracts = append(s.Extracts, limnograph.ExtractedColumn{Column: "zone", Pattern: "(z)"})
		}, []string{`change the column zone from dimension "Zone" to pattern "(z)"`}},
		"TotalLost":      {func(s *limnograph.Schema) { s.Totals = nil }, []string{"change the column is_total (VolumeId: ALL would no longer mark a total)"}},
		"OtherNamespace": {func(s *limnograph.Schema) { s.Namespace = "AWS/EC2" }, []string{`already holds the namespace "AWS/EBS", not "AWS/EC2"`, "another table name"}},
		"ToUnknown":      {func(s *limnograph.Schema) { *s = schema.Unknown("ebs_metrics") }, []string{`already holds the namespace "AWS/EBS"`}},
		"SeveralAtOnce":  {func(s *limnograph.Schema) { s.Dimensions = nil }, []string{"would lose the column volume_id", ", and lose the column zone"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			next := stored()
			tt.change(&next)
			err := schema.Evolve(stored(), next)
			if limnograph.ErrorCode(err) != limnograph.CodeConflict {
				t.Fatalf("%v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %v", want, err)
				}
			}
		})
	}
}
