package columns_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
)

// TestCanonicalIsUnambiguous reads the canonical bytes back: no two series can have the same.
func TestCanonicalIsUnambiguous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range drawStatements(t) {
			got := netstrings(t, columns.AppendCanonical([]byte("before"), &s.dp)[len("before"):])
			unit := s.dp.Unit
			if unit == "" {
				unit = "None"
			}
			want := []string{s.dp.AccountID, s.dp.Region, s.dp.Namespace, s.dp.MetricName, unit}
			if diff := cmp.Diff(want, got[:5]); diff != "" {
				t.Fatal(diff)
			}
			requireDimensions(t, s.dp.Dimensions, got[5:])
		}
	})
}

func requireDimensions(t *rapid.T, dimensions []limnograph.Dimension, got []string) {
	if len(got) != 2*len(dimensions) {
		t.Fatalf("%d texts of %d dimensions", len(got), len(dimensions))
	}
	for i := 0; i < len(got); i += 2 {
		if i > 0 && got[i-2] >= got[i] {
			t.Fatalf("dimension %q comes after %q", got[i], got[i-2])
		}
		dp := limnograph.Datapoint{Dimensions: dimensions}
		if value, ok := dp.Dimension(got[i]); !ok || value != got[i+1] {
			t.Fatalf("dimension %q is %q, want %q", got[i], got[i+1], value)
		}
	}
}

func netstrings(t *rapid.T, b []byte) (texts []string) {
	for len(b) > 0 {
		length, rest, ok := bytes.Cut(b, []byte(":"))
		n, err := strconv.Atoi(string(length))
		if !ok || err != nil || len(rest) <= n || rest[n] != ',' {
			t.Fatalf("no netstring at %.40q", b)
		}
		texts, b = append(texts, string(rest[:n])), rest[n+1:]
	}
	return texts
}

func TestOrderOfDimensionsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range drawStatements(t) {
			other := s.dp
			other.Dimensions = rapid.Permutation(s.dp.Dimensions).Draw(t, "dimensions")
			if columns.SID(&s.dp) != columns.SID(&other) {
				t.Fatalf("%v and %v have different sids", s.dp.Dimensions, other.Dimensions)
			}
		}
	})
}

func TestAbsentUnitIsNone(t *testing.T) {
	absent, none, count := limnograph.Datapoint{MetricName: "m"}, limnograph.Datapoint{MetricName: "m", Unit: "None"}, limnograph.Datapoint{MetricName: "m", Unit: "Count"}
	if columns.SID(&absent) != columns.SID(&none) {
		t.Error("an absent unit is not None")
	}
	if columns.SID(&absent) == columns.SID(&count) {
		t.Error("the unit is not part of the series")
	}
}
