package record_test

import (
	"math"
	"testing"

	"limnograph"
	"limnograph/record"
)

// full is a roll-up of which everything is known.
func full() limnograph.RunMetrics {
	return limnograph.RunMetrics{
		RunKey: runKey(), First: after(60), Last: after(540), RecordsIn: to[int64](1), RecordsOut: to[int64](2), RecordsSource: "observability",
		BytesIn: to[int64](3), BytesOut: to[int64](4), PeakHeap: to(0.5), CPU: to(0.25), ExecutorsNeeded: to(6.0), ExecutorsActive: to(5.5),
		ExecutorsMax: to(7.0), Skew: to(1.5), ShuffleBytes: to[int64](8), Outcome: limnograph.RunFailed, ErrorCategory: "S3_ERROR",
		State: limnograph.RunFailed, DurationS: to(480.0),
	}
}

func TestMergeMetricsFillsItsColumns(t *testing.T) {
	row := record.Runs().MergeMetrics(nil, full())
	require(t, row, map[string]any{
		"first_datapoint_at": after(60), "last_datapoint_at": after(540), "records_in": 1, "records_out": 2, "records_source": "observability",
		"bytes_in": 3, "bytes_out": 4, "peak_heap_ratio": 0.5, "cpu_ratio": 0.25, "executors_needed": 6.0, "executors_active": 5.5,
		"executors_max": 7.0, "skew": 1.5, "shuffle_bytes": 8, "outcome": "FAILED", "error_category": "S3_ERROR", "metric_state": "FAILED",
		"metric_duration_s": 480.0, "state": "FAILED", "records_reason": nil,
	})
}

// A newer roll-up replaces all columns of the one before, so that what is no longer there does not stay.
func TestMergeMetricsReplaces(t *testing.T) {
	table := record.Runs()
	row := table.MergeMetrics(nil, full())
	next := limnograph.RunMetrics{RunKey: runKey(), First: after(60), Last: after(600), RecordsIn: to[int64](9)}
	require(t, table.MergeMetrics(row, next), map[string]any{
		"last_datapoint_at": after(600), "records_in": 9, "records_out": nil, "skew": nil, "state": "UNKNOWN", "error_category": nil,
	})
	if table.MergeMetrics(row, full()) != row {
		t.Error("an equal roll-up made another row")
	}
}

func TestMergeMetricsIgnoresWhatCoversLess(t *testing.T) {
	table := record.Runs()
	row := table.MergeMetrics(nil, full())
	for name, m := range map[string]limnograph.RunMetrics{
		"begins later":   {RunKey: runKey(), First: after(121), Last: after(6000), RecordsIn: to[int64](9)},
		"says no time":   {RunKey: runKey(), RecordsIn: to[int64](9)},
		"says nothing":   {RunKey: runKey()},
		"is no number":   {RunKey: runKey(), Skew: to(math.NaN()), CPU: to(math.Inf(1))},
		"is of no value": {RunKey: runKey(), Last: after(9)},
	} {
		t.Run(name, func(t *testing.T) {
			if table.MergeMetrics(row, m) != row {
				t.Error("it changed the row")
			}
		})
	}
}

// A roll-up may begin up to a minute later, but the minutes do not add up.
func TestMergeMetricsSlackDoesNotAddUp(t *testing.T) {
	table := record.Runs()
	row := table.MergeMetrics(nil, limnograph.RunMetrics{RunKey: runKey(), First: after(0), RecordsIn: to[int64](1)})
	minute := table.MergeMetrics(row, limnograph.RunMetrics{RunKey: runKey(), First: after(60), RecordsIn: to[int64](2)})
	require(t, minute, map[string]any{"records_in": 2, "first_datapoint_at": after(0)})
	require(t, row, map[string]any{"records_in": 1})
	two := table.MergeMetrics(minute, limnograph.RunMetrics{RunKey: runKey(), First: after(120), RecordsIn: to[int64](3)})
	require(t, two, map[string]any{"records_in": 2})
}

func TestMetricsGiveWayToTheAPI(t *testing.T) {
	r := ended(limnograph.RunStopped, 300)
	r.ErrorCategory = "TIMEOUT_ERROR"
	table := record.Runs()
	row := table.MergeMetrics(merged(t, r), full())
	require(t, row, map[string]any{
		"state": "STOPPED", "metric_state": "FAILED", "outcome": "FAILED", "error_category": "TIMEOUT_ERROR", "seen_in": "api,metrics", "ts": start(),
	})
	again, err := table.RowOf(row.Values())
	if err != nil {
		t.Fatal(err)
	}
	if again = table.MergeMetrics(again, full()); textOf(again.Values()) != textOf(row.Values()) {
		t.Errorf("stored, it is\n%s\nwant\n%s", textOf(again.Values()), textOf(row.Values()))
	}
}

// A stored row that has a metric's state does not forget the one that it was told.
func TestStoredRowKeepsWhatMetricsHide(t *testing.T) {
	table := record.Runs()
	row := table.MergeMetrics(merged(t, answer(limnograph.RunRunning, 5)), full())
	require(t, row, map[string]any{"state": "FAILED"})
	again, err := table.RowOf(row.Values())
	if err != nil {
		t.Fatal(err)
	}
	bare := limnograph.RunMetrics{RunKey: runKey(), First: after(60), Last: after(540)}
	require(t, table.MergeMetrics(again, bare), map[string]any{"state": "RUNNING"})
}
