package panel_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/panel"
)

func ptr[T any](v T) *T { return &v }

// Executors are the mean over the bucket, nothing reported is null, and the bucket that is not over counts as far as
// it went.
func TestBuildLoad(t *testing.T) {
	from := noon.Add(-15 * minute)
	rows := []panel.LoadRow{
		{Bucket: from, AccountID: "1", JobName: "a-dq", Last: from.Add(4 * minute), ExecutorMinutes: ptr(20.0), RecordsRead: ptr(int64(5)), Runs: 1},
		{Bucket: from, AccountID: "2", JobName: "b", Last: from.Add(4 * minute), ExecutorMinutes: ptr(10.0), Runs: 2},
		{Bucket: from.Add(10 * minute), AccountID: "1", JobName: "a-dq", Last: from.Add(11 * minute), ExecutorMinutes: ptr(6.0), RecordsRead: ptr(int64(0)), Runs: 1},
		{Bucket: from.Add(-5 * minute), AccountID: "1", JobName: "a-dq", Last: from, ExecutorMinutes: ptr(99.0), Runs: 1},
		{Bucket: noon, AccountID: "1", JobName: "a-dq", Last: from, ExecutorMinutes: ptr(99.0), Runs: 1},
	}
	got := panel.BuildLoad(rows, from.Add(minute), noon, 5*minute, panel.Filter{})
	want := panel.LoadSeries{
		From: from, To: noon, StepS: 300,
		Executors:   []*float64{ptr(6.0), nil, ptr(3.0)},
		RecordsRead: []*int64{ptr(int64(5)), nil, ptr(int64(0))},
		Runs:        []*int64{ptr(int64(3)), nil, ptr(int64(1))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if only := panel.BuildLoad(rows, from, noon, 5*minute, panel.Filter{Dataset: "a"}); *only.Executors[0] != 4 {
		t.Errorf("of dataset a: %v executors, want 4", *only.Executors[0])
	}
}

func TestStepFor(t *testing.T) {
	for span, want := range map[time.Duration]time.Duration{
		time.Hour: minute, 5 * time.Hour: minute, 24 * time.Hour: 5 * minute, 48 * time.Hour: 15 * minute,
		7 * 24 * time.Hour: time.Hour, 31 * 24 * time.Hour: 3 * time.Hour, 365 * 24 * time.Hour: 6 * time.Hour,
	} {
		if got := panel.StepFor(span); got != want {
			t.Errorf("%s: step %s, want %s", span, got, want)
		}
	}
}

// All executors come before the driver; a minute without a row is null in every series.
func TestBuildRunDetail(t *testing.T) {
	rows := []panel.MinuteRow{
		{TS: noon, Region: "r", CPUAll: ptr(0.5), CPUDriver: ptr(0.1), HeapDriver: ptr(0.2), Executors: ptr(2.0)},
		{TS: noon.Add(2 * minute), CPUDriver: ptr(0.3), RecordsRead: ptr(int64(9))},
	}
	got, err := panel.BuildRunDetail(rows, nil, "1", "j", "jr")
	if err != nil {
		t.Fatal(err)
	}
	want := panel.RunDetail{
		RunID: "jr", AccountID: "1", Region: "r", JobName: "j", From: noon, To: noon.Add(3 * minute), StepS: 60,
		Minutes: []time.Time{noon, noon.Add(minute), noon.Add(2 * minute)},
		CPU:     []*float64{ptr(0.5), nil, ptr(0.3)}, Heap: []*float64{ptr(0.2), nil, nil},
		Executors: []*float64{ptr(2.0), nil, nil}, RecordsRead: []*int64{nil, nil, ptr(int64(9))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := panel.BuildRunDetail(nil, nil, "1", "j", "jr"); limnograph.ErrorCode(err) != limnograph.CodeNotFound {
		t.Errorf("error %v", err)
	}
}

// A run with absurd timestamps does not make an absurd answer.
func TestRunDetailIsBounded(t *testing.T) {
	got, err := panel.BuildRunDetail([]panel.MinuteRow{{TS: noon}, {TS: noon.AddDate(9000, 0, 0)}}, nil, "1", "j", "jr")
	if err != nil || len(got.CPU) > 8*24*60 {
		t.Errorf("%d minutes, %v", len(got.CPU), err)
	}
}
