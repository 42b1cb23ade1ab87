package record_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/record"
)

// A row covers another one when its statements include those of the other, whatever datapoints have told to either.
func TestCovers(t *testing.T) {
	table := record.Runs()
	rapid.Check(t, func(t *rapid.T) {
		part := drawStatements(t, table)
		more := append(slices.Clone(part), drawStatements(t, table)...)
		row, all := fold(table, part), fold(table, more)
		if !table.Covers(all, row) || !table.Covers(table.MergeMetrics(all, drawMetrics(t)), table.MergeMetrics(row, drawMetrics(t))) {
			t.Fatal("a row does not cover a part of it")
		}
		if same := textOf(row.Values()) == textOf(all.Values()); table.Covers(row, all) != same {
			t.Fatalf("a part covers the whole: %v, they are equal: %v", !same, same)
		}
		if !table.Covers(row, table.MergeMetrics(nil, drawMetrics(t))) {
			t.Fatal("a row does not cover one that datapoints alone have told of")
		}
	})
}

func TestWithMetricsOf(t *testing.T) {
	table := record.Runs()
	told := merged(t, ended(limnograph.RunSucceeded, 600))
	older := table.MergeMetrics(merged(t, answer(limnograph.RunRunning, 5)), full())
	want := table.MergeMetrics(told, full())
	if diff := cmp.Diff(want.Values(), table.WithMetricsOf(told, older).Values()); diff != "" {
		t.Error(diff)
	}
	later := full()
	later.First = after(90)
	shared, wider := table.MergeMetrics(nil, later), table.MergeMetrics(told, full())
	table.WithMetricsOf(wider, shared)
	require(t, shared, map[string]any{"first_datapoint_at": after(90)})
	for _, nothing := range []*record.Row{nil, told} {
		if table.WithMetricsOf(told, nothing) != told {
			t.Error("a row without metrics changed another one")
		}
	}
}

func TestPositions(t *testing.T) {
	waiting := answer(limnograph.RunWaiting, 1)
	waiting.TriggerName = "nightly"
	row := merged(t, answer(limnograph.RunStarting, -5), waiting, ended(limnograph.RunSucceeded, 600))
	got := row.Positions()
	if slices.Sort(got); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("positions are %v, want those of the statements that stand, 1 and 2", got)
	}
	if got := record.Runs().MergeMetrics(nil, full()).Positions(); len(got) != 0 {
		t.Errorf("datapoints have positions %v", got)
	}
}

func TestKeyOf(t *testing.T) {
	k := runKey()
	row := merged(t, answer(limnograph.RunRunning, 1))
	if row.Key() != record.KeyOf(k.AccountID, k.Region, k.JobName, k.RunID) || row.Key() != record.Runs().RunKey(k) {
		t.Error("keys differ")
	}
}
