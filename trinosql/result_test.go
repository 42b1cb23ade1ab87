package trinosql_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph/trinosql"
)

func TestParseTime(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-11-24 12:00:00":                      noon,
		"2026-11-24 12:00:00.000":                  noon,
		"2026-11-24 12:00:00.123456789":            noon.Add(123456789),
		"2026-11-24 12:00:00.000 UTC":              noon,
		"2026-11-24 13:00:00.000 Europe/Berlin":    noon,
		"2026-11-24 14:30:00.000 +02:30":           noon,
		"2026-11-24 10:00:00.000 -02:00":           noon,
		"2026-07-01 14:00:00.000000 Europe/Berlin": time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC),
	} {
		got, err := trinosql.ParseTime(text)
		if err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "noon", "2026-11-24", "2026-11-24 25:00:00", "2026-11-24 12:00:00 Nowhere/At_All", "x y UTC"} {
		if got, err := trinosql.ParseTime(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestDistinctName(t *testing.T) {
	seen := make(map[string]bool)
	var got []string
	for _, name := range []string{"a", "A", "a_1", "a", "b", "", ""} {
		got = append(got, trinosql.DistinctName(seen, name))
	}
	if diff := cmp.Diff([]string{"a", "A_1", "a_1_1", "a_2", "b", "", "_1"}, got); diff != "" {
		t.Error(diff)
	}
}
