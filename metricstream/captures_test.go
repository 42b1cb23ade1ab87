package metricstream_test

import (
	"encoding/json"
	"os"
	"testing"

	"limnograph"
	"limnograph/metricstream"
)

func readTestdata(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// requestRecords returns the decoded records of a delivery request.
func requestRecords(tb testing.TB, name string) [][]byte {
	tb.Helper()
	var request struct{ Records []struct{ Data []byte } }
	if err := json.Unmarshal(readTestdata(tb, name), &request); err != nil {
		tb.Fatal(err)
	}
	var records [][]byte
	for _, r := range request.Records {
		records = append(records, r.Data)
	}
	return records
}

// TestCaptures reads every captured message and compares counts with those that its source states, and everything
// with the oracle.
func TestCaptures(t *testing.T) {
	file := func(name string) [][]byte { return [][]byte{readTestdata(t, name)} }
	for _, tt := range []struct {
		name    string
		records [][]byte
		points  int
		rejects int
	}{
		{"telegraf record", requestRecords(t, "telegraf_record.json"), 1, 0},
		{"telegraf records", requestRecords(t, "telegraf_records.json"), 1160, 0},
		{"contrib multiple records", file("contrib_cwmetricstream_multiple_records.ndjson"), 127, 0},
		{"contrib single record", file("contrib_cwmetricstream_single_record.ndjson"), 1, 0},
		{"contrib some invalid records", file("contrib_cwmetricstream_some_invalid_records.ndjson"), 88, 4},
		{"contrib invalid records", file("contrib_cwmetricstream_invalid_records.ndjson"), 0, 4},
		{"contrib percentiles", file("contrib_valid_metric_with_percentiles.json"), 1, 0},
		{"contrib other statistics", file("contrib_valid_metric_with_unsupported_stats.json"), 1, 0},
		{"contrib same key", file("contrib_stream_same_key_three_values.ndjson"), 3, 0},
		{"contrib array", file("contrib_multiple_metrics_no_value_no_unit.json"), 0, 1},
		{"aws example", file("aws_metric_stream_json_example.json"), 1, 0},
		{"aws request without metrics", requestRecords(t, "aws_firehose_request_example.json"), 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := metricstream.NewDecoder()
			points, rejects := 0, 0
			for _, record := range tt.records {
				requireOracle(t, d, record)
				for _, e := range decode(d, record) {
					if e.Reason == "" {
						points++
					} else {
						rejects++
					}
				}
			}
			if points != tt.points || rejects != tt.rejects {
				t.Errorf("%d datapoints and %d rejects, want %d and %d", points, rejects, tt.points, tt.rejects)
			}
		})
	}
}

// TestTelegrafDetails counts what the capture is known to hold.
func TestTelegrafDetails(t *testing.T) {
	d := metricstream.NewDecoder()
	byNamespace, withoutDimensions, withoutUnit := map[string]int{}, 0, 0
	for _, record := range requestRecords(t, "telegraf_records.json") {
		d.Decode(record, func(dp *limnograph.Datapoint, _ []byte) {
			byNamespace[dp.Namespace]++
			if len(dp.Dimensions) == 0 {
				withoutDimensions++
			}
			if dp.Unit == "None" {
				withoutUnit++
			}
			if _, ok := dp.Dimension("VolumeId"); dp.Namespace == "AWS/EBS" && !ok {
				t.Errorf("an AWS/EBS datapoint without VolumeId: %+v", dp)
			}
		}, func(r limnograph.Reject) { t.Errorf("reject %+v", r) })
	}
	if byNamespace["AWS/EC2"] != 785 || byNamespace["AWS/EBS"] != 375 || len(byNamespace) != 2 {
		t.Errorf("datapoints by namespace: %v", byNamespace)
	}
	if withoutDimensions != 12 || withoutUnit != 46 {
		t.Errorf("%d without dimensions, %d with unit None; want 12 and 46", withoutDimensions, withoutUnit)
	}
}
