package conformance

import (
	"slices"
	"testing"
)

// The recorder keeps every way in which a check can fail to itself, and ends the check where a test would end.
func TestFailuresAreRecorded(t *testing.T) {
	for name, tt := range map[string]struct {
		check func(testing.TB)
		want  []string
	}{
		"Passes":        {func(t testing.TB) { t.Helper() }, nil},
		"ErrError":      {func(t testing.TB) { t.Error("a", 1); t.Errorf("b %d", 2) }, []string{"a 1", "b 2"}},
		"ErrFatal":      {func(t testing.TB) { t.Fatal("a"); t.Error("b") }, []string{"a"}},
		"ErrFatalf":     {func(t testing.TB) { t.Fatalf("a %d", 1); t.Error("b") }, []string{"a 1"}},
		"ErrFail":       {func(t testing.TB) { t.Fail(); t.FailNow(); t.Error("b") }, []string{"failed", "failed"}},
		"ErrSeenBySelf": {func(t testing.TB) { t.Error("a"); t.Error(t.Failed()) }, []string{"a", "true"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := failuresOf(t, tt.check); !slices.Equal(got, tt.want) {
				t.Errorf("recorded %q, want %q", got, tt.want)
			}
		})
	}
}
