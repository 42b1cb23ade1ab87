package lake

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
)

// benchBatch is a minute of 40 jobs with 60 metrics each.
func benchBatch(minute int) limnograph.LandedBatch {
	b := limnograph.LandedBatch{Sequence: uint64(minute + 1), Arrival: time.UnixMilli(1_800_000_000_000).Add(time.Duration(minute) * time.Minute)}
	b.Position = int64(b.Sequence) << 24
	var text strings.Builder
	for job := range 40 {
		for metric := range 60 {
			fmt.Fprintf(&text, `{"metric_stream_name":"fleet","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"glue.driver.metric%d","dimensions":{"JobName":"dataset-%d-raw-to-staged","JobRunId":"jr_%064d","Type":"gauge"},"timestamp":%d,"value":{"max":%d.5,"min":1.0,"sum":%d.25,"count":2.0},"unit":"Bytes","limno_position":%d}`+"\n",
				metric, job, minute/20*100+job, b.Arrival.Truncate(time.Minute).UnixMilli(), minute*metric, minute+metric, b.Position+int64(b.Count))
			b.Count++
		}
	}
	b.Lines = []byte(text.String())
	return b
}

func benchLayout(b *testing.B) *columns.Layout {
	s := limnograph.Schema{Namespace: "Glue", Table: "glue_metrics", Dimensions: []limnograph.PromotedDimension{{Name: "JobName", Column: "job_name"}, {Name: "JobRunId", Column: "job_run_id"}}}
	ids := map[string]int{}
	for _, c := range columns.ColumnsOf(s) {
		ids[c.Name] = c.ID
	}
	layout, err := columns.NewLayout(s, ids)
	if err != nil {
		b.Fatal(err)
	}
	return layout
}

// BenchmarkStatements measures the way from landed bytes to keyed rows, beside what encoding/json needs for the bare
// objects.
func BenchmarkStatements(b *testing.B) {
	batches := make([]limnograph.LandedBatch, 40)
	lines := 0
	for i := range batches {
		batches[i] = benchBatch(i)
		lines += batches[i].Count
	}
	perLine := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/point")
	}
	b.Run("rows", func(b *testing.B) {
		s := newStatements(benchLayout(b))
		for b.Loop() {
			for _, batch := range batches {
				batch.Lines = append([]byte(nil), batch.Lines...) // add changes them
				s.add(batch)
			}
			if len(s.rows) != lines {
				b.Fatalf("%d rows of %d lines", len(s.rows), lines)
			}
			s.reset()
		}
		perLine(b)
	})
	b.Run("encoding_json", func(b *testing.B) {
		for b.Loop() {
			for _, batch := range batches {
				for line := range strings.Lines(string(batch.Lines)) {
					var point struct {
						AccountID  string            `json:"account_id"`
						Region     string            `json:"region"`
						Namespace  string            `json:"namespace"`
						MetricName string            `json:"metric_name"`
						Dimensions map[string]string `json:"dimensions"`
						Timestamp  int64             `json:"timestamp"`
						Value      map[string]float64
						Unit       string
					}
					if err := json.Unmarshal([]byte(line), &point); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
		perLine(b)
	})
}
