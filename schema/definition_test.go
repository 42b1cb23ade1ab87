package schema_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/schema"
)

// TestEncode holds the stored form: files and Glue tables of earlier releases have it.
func TestEncode(t *testing.T) {
	s := stored()
	s.Retention, s.TableRetention = 36*time.Hour, 800*24*time.Hour
	projected := schema.Other()
	projected.Projection = limnograph.Projection{Senders: []string{"111122223333"}, Since: 2026}
	tests := map[string]struct {
		schema limnograph.Schema
		want   string
	}{
		"Full": {s, `{"namespace":"AWS/EBS","table":"ebs_metrics","dimensions":[{"name":"VolumeId","column":"volume_id"},{"name":"Zone","column":"zone"}],` +
			`"totals":[{"dimension":"VolumeId","value":"ALL"}],"extract":[{"column":"kind","pattern":"^(V)"}],"retention_s":129600,"table_retention_d":800}`},
		"Other":     {schema.Other(), `{"namespace":"","table":"other_metrics"}`},
		"Projected": {projected, `{"namespace":"","table":"other_metrics","projection":{"senders":["111122223333"],"since":2026}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := schema.Encode(tt.schema)
			if err != nil || got != tt.want {
				t.Errorf("%s, %v\nwant %s", got, err, tt.want)
			}
			back, err := schema.Decode(got)
			if diff := cmp.Diff(tt.schema, back); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestDecodeRefusesDamage(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"table":1}`, `{"projection":{"since":"x"}}`} {
		if s, err := schema.Decode(text); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

func TestDefinitionRoundTrip(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(rt *rapid.T) {
		want := limnograph.Schema{
			Namespace: text.Draw(rt, "namespace"), Table: text.Draw(rt, "table"),
			Retention:      time.Duration(rapid.Int64Range(0, 1e9).Draw(rt, "retention")) * time.Second,
			TableRetention: time.Duration(rapid.Int64Range(0, 1e5).Draw(rt, "table retention")) * 24 * time.Hour,
		}
		for range rapid.IntRange(0, 3).Draw(rt, "n") {
			want.Dimensions = append(want.Dimensions, limnograph.PromotedDimension{Name: text.Draw(rt, "name"), Column: text.Draw(rt, "column")})
			want.Totals = append(want.Totals, limnograph.Dimension{Name: text.Draw(rt, "dimension"), Value: text.Draw(rt, "value")})
			want.Extracts = append(want.Extracts, limnograph.ExtractedColumn{Column: text.Draw(rt, "extract"), Pattern: text.Draw(rt, "pattern")})
			want.Projection.Senders = append(want.Projection.Senders, text.Draw(rt, "sender"))
			want.Projection.Since = rapid.IntRange(0, 9999).Draw(rt, "since")
		}
		encoded, err := schema.Encode(want)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := schema.Decode(encoded)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			rt.Fatalf("%s: %v (-want +got):\n%s", encoded, err, diff)
		}
		if err := schema.Evolve(got, want); err != nil && len(want.Dimensions)+len(want.Extracts) < 2 {
			rt.Fatalf("it does not follow itself: %v", err)
		}
	})
}
