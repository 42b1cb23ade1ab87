package metricstream_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/metricstream"
)

func tableOf(namespace string) string {
	switch namespace {
	case "Glue":
		return "glue_metrics"
	case "AWS/EBS":
		return "ebs_metrics"
	}
	return limnograph.OtherTable
}

func point(account, namespace string, timestamp int64) string {
	return fmt.Sprintf(`{"account_id":"%s","namespace":"%s","metric_name":"m","dimensions":{},"timestamp":%d,"value":{"max":1}}`+"\n",
		account, namespace, timestamp)
}

// TestSplitter splits a delivery of several records.
func TestSplitter(t *testing.T) {
	s := metricstream.NewSplitter(tableOf)
	s.Reset(nil)
	s.Add(0, []byte(point("1", "Glue", 30)+point("1", "AWS/EBS", 20)+point("1", "Glue", 10)))
	s.Add(1, nil)
	s.Add(2, []byte("hello\n"+point("1", "AWS/EC2", 40)+point("1", "Custom", -5)+strings.TrimSpace(point("2", "Glue", 20))))
	want := []limnograph.Part{
		{Table: "ebs_metrics", Lines: []byte(point("1", "AWS/EBS", 20)), Count: 1, MinTime: 20, MaxTime: 20},
		{Table: "glue_metrics", Lines: []byte(point("1", "Glue", 30) + point("1", "Glue", 10) + point("2", "Glue", 20)), Count: 3, MinTime: 10, MaxTime: 30},
		{Table: "other_metrics", Lines: []byte(point("1", "AWS/EC2", 40) + point("1", "Custom", -5)), Count: 2, MinTime: -5, MaxTime: 40},
	}
	if diff := cmp.Diff(want, s.Parts()); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	rejects := s.Rejects()
	if len(rejects) != 1 || rejects[0].Record != 2 || rejects[0].Reason != metricstream.ReasonInvalidJSON || string(rejects[0].Raw) != "hello" {
		t.Errorf("rejects %+v", rejects)
	}
}

// TestResetForgetsTheDelivery uses one Splitter for two deliveries, with other tables in the second.
func TestResetForgetsTheDelivery(t *testing.T) {
	table := "first"
	s := metricstream.NewSplitter(func(string) string { return table })
	s.Reset(nil)
	s.Add(0, []byte(point("1", "Glue", 1)+"bad\n"))
	kept := s.Rejects()
	table = "second"
	s.Reset(nil)
	if len(s.Parts()) != 0 || len(s.Rejects()) != 0 {
		t.Errorf("after Reset: %+v %+v", s.Parts(), s.Rejects())
	}
	s.Add(0, []byte(point("1", "Glue", 2)+"worse\n"))
	want := []limnograph.Part{{Table: "second", Lines: []byte(point("1", "Glue", 2)), Count: 1, MinTime: 2, MaxTime: 2}}
	if diff := cmp.Diff(want, s.Parts()); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if string(kept[0].Raw) != "bad" {
		t.Errorf("the first delivery's reject became %q", kept[0].Raw)
	}
}

// TestForeignAccounts keeps datapoints of accounts that the sender may not deliver for out of the parts.
func TestForeignAccounts(t *testing.T) {
	s := metricstream.NewSplitter(tableOf)
	asked := 0
	s.Reset(func(account string) bool { asked++; return account == "1" })
	foreign := strings.TrimSpace(point("2", "Glue", 2))
	nobody := `{ "metric_name":"m", "timestamp":1, "value":{"max":1} }`
	s.Add(3, []byte(point("1", "Glue", 1)+foreign+"\r\n"+nobody+point("1", "Glue", 3)+point("1", "Glue", 4)))
	if parts := s.Parts(); len(parts) != 1 || parts[0].Count != 3 || asked != 4 {
		t.Errorf("parts %+v, asked %d times", parts, asked)
	}
	var got []string
	for _, r := range s.Rejects() {
		got = append(got, fmt.Sprint(r.Reason, r.Record, r.Offset, string(r.Raw)))
	}
	first := len(point("1", "Glue", 1))
	want := []string{
		fmt.Sprint("foreign_account", 3, first, foreign),
		fmt.Sprint("foreign_account", 3, first+len(foreign)+2, nobody),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestResetChangesTheSender asks again for an account that another sender may deliver for.
func TestResetChangesTheSender(t *testing.T) {
	s := metricstream.NewSplitter(tableOf)
	for _, allowed := range []bool{true, false, true} {
		s.Reset(func(string) bool { return allowed })
		s.Add(0, []byte(point("1", "Glue", 1)))
		if got := len(s.Parts()) == 1; got != allowed {
			t.Errorf("taken: %v, allowed: %v", got, allowed)
		}
	}
}

// TestManyRejectsShareOne bounds the list and loses no byte.
func TestManyRejectsShareOne(t *testing.T) {
	s := metricstream.NewSplitter(tableOf)
	s.Reset(nil)
	s.Add(0, []byte(strings.Repeat("bad\n", 30_000)+strings.Repeat("{}", 5)+"bad\n"))
	rejects := s.Rejects()
	if len(rejects) != 10_002 {
		t.Fatalf("%d rejects", len(rejects))
	}
	if last := rejects[10_000]; string(last.Raw) != strings.Repeat("bad\n", 20_000)+"bad" {
		t.Errorf("the shared reject holds %d bytes", len(last.Raw))
	}
	if last := rejects[10_001]; last.Reason != metricstream.ReasonMissingMetricName || string(last.Raw) != "{}\n{}\n{}\n{}\n{}" {
		t.Errorf("%+v", last)
	}
}

// TestCaptureByTable splits the captured delivery.
func TestCaptureByTable(t *testing.T) {
	s := metricstream.NewSplitter(tableOf)
	s.Reset(nil)
	for i, record := range requestRecords(t, "telegraf_records.json") {
		s.Add(i, record)
	}
	counts := map[string]int{}
	for _, p := range s.Parts() {
		counts[p.Table] = p.Count
		if lines := strings.Count(string(p.Lines), "\n"); lines != p.Count {
			t.Errorf("%s: %d lines, Count %d", p.Table, lines, p.Count)
		}
	}
	if diff := cmp.Diff(map[string]int{"ebs_metrics": 375, "other_metrics": 785}, counts); diff != "" {
		t.Error(diff)
	}
}

// A binary record is kept whole, so that a version that knows its format can read it; a good line in a record with
// control bytes is a datapoint all the same.
func TestBinaryRecordsAreKeptWhole(t *testing.T) {
	otlp, err := os.ReadFile("testdata/victoriametrics_record_0_otel07.bin")
	if err != nil {
		t.Fatal(err)
	}
	s := metricstream.NewSplitter(tableOf)
	s.Reset(nil)
	s.Add(0, []byte("hello\nworld"))
	s.Add(1, otlp)
	s.Add(2, []byte("\x00\x01\n"+point("1", "Glue", 1)+"\x02"))
	var got []string
	for _, r := range s.Rejects() {
		got = append(got, fmt.Sprint(r.Record, r.Reason, len(r.Raw)))
	}
	want := []string{"0invalid_json5", "0invalid_json5", fmt.Sprint("1binary", len(otlp)), "2invalid_json2", "2invalid_json1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if parts := s.Parts(); len(parts) != 1 || parts[0].Count != 1 {
		t.Errorf("parts %v", parts)
	}
}

// Also when the pieces of a binary record went beyond the number of rejects that stand alone.
func TestLargeBinaryRecordIsOneReject(t *testing.T) {
	s := metricstream.NewSplitter(tableOf)
	s.Reset(nil)
	record := strings.Repeat("\x01\n", 20_000)
	s.Add(0, []byte(record))
	s.Add(1, []byte(strings.Repeat("x\n", 10_005)))
	got := s.Rejects()
	if string(got[0].Raw) != record || got[0].Reason != metricstream.ReasonBinary || len(got) != 10_001 {
		t.Errorf("%d rejects, the first %s of %d bytes", len(got), got[0].Reason, len(got[0].Raw))
	}
	if text := string(got[10_000].Raw); strings.Count(text, "x") != 6 {
		t.Errorf("pieces beyond the limit: %q", text)
	}
}
