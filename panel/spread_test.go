package panel_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph/panel"
)

// A run's mean and records are spread evenly over its time; one under way that reported nothing is counted.
func TestSpreadLoad(t *testing.T) {
	from, to := noon.Add(-20*minute), noon
	runs := []panel.LoadRun{
		{AccountID: "1", JobName: "j", Begins: from.Add(-5 * minute), Ends: from.Add(15 * minute), Executors: ptr(4.0), RecordsRead: ptr(int64(1000))},
		{AccountID: "1", JobName: "j", Begins: from.Add(12 * minute), Ends: time.Time{}},
		{AccountID: "1", JobName: "j", Begins: noon.Add(minute), Ends: noon.Add(9 * minute), Executors: ptr(9.0)},
	}
	got := panel.BuildLoad(panel.SpreadLoad(runs, from, to, 10*minute), from, to, 10*minute, panel.Filter{})
	if *got.Executors[0] != 4 || *got.Executors[1] != 2 || *got.RecordsRead[0] != 500 || *got.RecordsRead[1] != 250 {
		t.Errorf("executors %v, %v, records %v, %v", *got.Executors[0], *got.Executors[1], *got.RecordsRead[0], *got.RecordsRead[1])
	}
	if *got.Runs[0] != 1 || *got.Runs[1] != 2 {
		t.Errorf("runs %d, %d", *got.Runs[0], *got.Runs[1])
	}
}

// What is spread adds up to what was read, however the buckets cut it.
func TestSpreadLosesNoRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := noon.Add(-time.Duration(rapid.Int64Range(0, 3_000_000).Draw(t, "ago")) * time.Millisecond)
		end := begin.Add(time.Duration(rapid.Int64Range(1, 9_000_000).Draw(t, "lasts")) * time.Millisecond)
		n := rapid.Int64Range(0, 1<<50).Draw(t, "records")
		step := time.Duration(rapid.IntRange(1, 90).Draw(t, "step")) * minute
		sum := int64(0)
		for _, row := range panel.SpreadLoad([]panel.LoadRun{{Begins: begin, Ends: end, RecordsRead: &n}}, begin.Truncate(step), end.Add(step), step) {
			if *row.RecordsRead < 0 {
				t.Fatalf("bucket %s has %d records", row.Bucket, *row.RecordsRead)
			}
			sum += *row.RecordsRead
		}
		if sum != n {
			t.Fatalf("%d of %d records", sum, n)
		}
	})
}
