package metricstream_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"limnograph"
	"limnograph/metricstream"
)

// The two benchmarks read the same records, so that one run gives their ratio:
//
//	go test -run '^$' -bench 'Decode|EncodingJSON' ./metricstream

func BenchmarkDecode(b *testing.B) {
	for _, load := range benchLoads(b) {
		b.Run(load.name, func(b *testing.B) {
			d := metricstream.NewDecoder()
			points := 0
			emit := func(*limnograph.Datapoint, []byte) { points++ }
			reject := func(r limnograph.Reject) { b.Fatal(r) }
			report(b, load.records, &points, func(record []byte) { d.Decode(record, emit, reject) })
		})
	}
}

func BenchmarkSplitter(b *testing.B) {
	for _, load := range benchLoads(b) {
		b.Run(load.name, func(b *testing.B) {
			s := metricstream.NewSplitter(func(string) string { return "t" })
			points := 0
			report(b, load.records, &points, func(record []byte) {
				s.Reset(nil)
				s.Add(0, record)
				for _, p := range s.Parts() {
					points += p.Count
				}
			})
		})
	}
}

func BenchmarkEncodingJSON(b *testing.B) {
	for _, load := range benchLoads(b) {
		b.Run(load.name, func(b *testing.B) {
			points := 0
			report(b, load.records, &points, func(record []byte) {
				dec := json.NewDecoder(bytes.NewReader(record))
				for dec.More() {
					var dp jsonPoint
					if err := dec.Decode(&dp); err != nil {
						b.Fatal(err)
					}
					points++
				}
			})
		})
	}
}

// jsonPoint is the usual way to read a metric stream.
type jsonPoint struct {
	StreamName string             `json:"metric_stream_name"`
	AccountID  string             `json:"account_id"`
	Region     string             `json:"region"`
	Namespace  string             `json:"namespace"`
	MetricName string             `json:"metric_name"`
	Dimensions map[string]string  `json:"dimensions"`
	Timestamp  int64              `json:"timestamp"`
	Value      map[string]float64 `json:"value"`
	Unit       string             `json:"unit"`
}

func report(b *testing.B, records [][]byte, points *int, read func(record []byte)) {
	size := 0
	for _, r := range records {
		size += len(r)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range records {
			read(r)
		}
	}
	b.ReportMetric(float64(*points)/b.Elapsed().Seconds(), "datapoints/s")
}

type benchLoad struct {
	name    string
	records [][]byte
}

func benchLoads(tb testing.TB) []benchLoad {
	tb.Helper()
	return []benchLoad{
		{"telegraf", requestRecords(tb, "telegraf_records.json")},
		{"glue", [][]byte{glueRecord(2000)}},
	}
}

// glueRecord makes lines like those of a fleet of Glue jobs: 60 running jobs, random values with all their digits.
func glueRecord(lines int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for i := range lines {
		job, metric := random.IntN(60), random.IntN(40)
		v := random.Float64() * 1e6
		fmt.Fprintf(&b, `{"metric_stream_name":"fleet","account_id":"%012d","region":"eu-central-1","namespace":"Glue",`+
			`"metric_name":"glue.driver.aggregate.metric%02d","dimensions":{"Type":"count","JobRunId":"jr_%064x",`+
			`"JobName":"orders-%d-raw-to-staged"},"timestamp":%d,"value":{"max":%v,"min":%v,"sum":%v,"count":2.0},`+
			`"unit":"None"}`+"\n", 111122223333+job%3, metric, job*7919, job, 1764000000000+i%5*60000, v*0.75, v*0.25, v)
	}
	return b.Bytes()
}
