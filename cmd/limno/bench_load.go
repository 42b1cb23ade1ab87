package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Sizes of the load, after what Firehose sends: records of some 100 KB, and up to 64 MiB in all.
const (
	benchRecordPoints = 300
	maxBenchBatch     = 100_000
	benchJobs         = 400
	benchRunMinutes   = 30
)

// benchLoad describes a load. The same one makes the same series and values, at times that end at a given one.
type benchLoad struct {
	points, batch int
	gzip          bool
	seed          uint64
}

// benchBody is one request body.
type benchBody struct {
	requestID string
	text      []byte // as it goes over the wire
	points    int
	inflated  int // bytes before compression
}

// generate makes all bodies; the newest datapoint is of the minute before now.
func (l benchLoad) generate(now time.Time, progress func(done int)) ([]benchBody, error) {
	g := newBenchGenerator(l, now)
	var bodies []benchBody
	for done := 0; done < l.points; {
		n := min(l.batch, l.points-done)
		body, err := g.body(n, l.gzip)
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, body)
		done += n
		progress(done)
	}
	return bodies, nil
}

// benchMetric is a metric of the load, of those that Glue sends most.
type benchMetric struct {
	name, kind, unit string
	fraction         bool // values between 0 and 1
}

func benchMetrics() []benchMetric {
	metrics := []benchMetric{
		{"glue.driver.aggregate.bytesRead", "count", "Bytes", false},
		{"glue.driver.aggregate.elapsedTime", "count", "Milliseconds", false},
		{"glue.driver.aggregate.numCompletedStages", "count", "Count", false},
		{"glue.driver.aggregate.numCompletedTasks", "count", "Count", false},
		{"glue.driver.aggregate.numFailedTasks", "count", "Count", false},
		{"glue.driver.aggregate.recordsRead", "count", "Count", false},
		{"glue.driver.aggregate.shuffleBytesWritten", "count", "Bytes", false},
		{"glue.driver.aggregate.shuffleLocalBytesRead", "count", "Bytes", false},
		{"glue.driver.BlockManager.disk.diskSpaceUsed_MB", "gauge", "Megabytes", false},
		{"glue.driver.ExecutorAllocationManager.executors.numberAllExecutors", "gauge", "Count", false},
		{"glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors", "gauge", "Count", false},
	}
	for _, where := range []string{"driver", "ALL", "1", "2", "3"} {
		metrics = append(metrics,
			benchMetric{"glue." + where + ".jvm.heap.usage", "gauge", "Percent", true},
			benchMetric{"glue." + where + ".jvm.heap.used", "gauge", "Bytes", false},
			benchMetric{"glue." + where + ".s3.filesystem.read_bytes", "gauge", "Bytes", false},
			benchMetric{"glue." + where + ".s3.filesystem.write_bytes", "gauge", "Bytes", false},
			benchMetric{"glue." + where + ".system.cpuSystemLoad", "gauge", "Percent", true},
		)
	}
	return metrics
}

// benchGenerator walks minute by minute over all jobs and their metrics.
type benchGenerator struct {
	random  *rand.Rand
	metrics []benchMetric
	jobs    int
	runs    []string // JobRunId of each job now
	first   int64    // milliseconds of the first minute
	next    int      // number of the next datapoint
	lines   []byte
}

func newBenchGenerator(l benchLoad, now time.Time) *benchGenerator {
	g := newFleetGenerator(l.seed, benchJobs)
	minutes := (l.points + g.perMinute() - 1) / g.perMinute()
	g.first = now.Truncate(time.Minute).Add(-time.Duration(minutes) * time.Minute).UnixMilli()
	return g
}

// newFleetGenerator returns a generator for a number of jobs, which begins at the epoch.
func newFleetGenerator(seed uint64, jobs int) *benchGenerator {
	return &benchGenerator{random: rand.New(rand.NewPCG(seed, 0)), metrics: benchMetrics(), jobs: jobs, runs: make([]string, jobs)}
}

func (g *benchGenerator) perMinute() int { return g.jobs * len(g.metrics) }

// body makes a request of n datapoints.
func (g *benchGenerator) body(n int, zip bool) (benchBody, error) {
	id := fmt.Sprintf("%08x-%04x-4000-8000-%012x", g.random.Uint32(), g.random.Uint32()>>16, g.random.Uint64()>>16)
	var text bytes.Buffer
	fmt.Fprintf(&text, `{"requestId":%q,"timestamp":%d,"records":[`, id, g.first)
	for left := n; left > 0; left -= benchRecordPoints {
		if left < n {
			text.WriteByte(',')
		}
		g.record(&text, min(left, benchRecordPoints))
	}
	text.WriteString("]}")
	body := benchBody{requestID: id, text: text.Bytes(), points: n, inflated: text.Len()}
	if !zip {
		return body, nil
	}
	small, err := compressBody(body.text)
	body.text = small
	return body, err
}

// record appends one record of n datapoints.
func (g *benchGenerator) record(text *bytes.Buffer, n int) {
	g.lines = g.lines[:0]
	for range n {
		g.lines = g.appendLine(g.lines)
	}
	text.WriteString(`{"data":"`)
	text.Write(base64.StdEncoding.AppendEncode(text.AvailableBuffer(), g.lines))
	text.WriteString(`"}`)
}

// appendLine appends the next datapoint.
func (g *benchGenerator) appendLine(b []byte) []byte {
	minute, series := g.next/g.perMinute(), g.next%g.perMinute()
	job, m := series/len(g.metrics), g.metrics[series%len(g.metrics)]
	if series%len(g.metrics) == 0 && minute%benchRunMinutes == job%benchRunMinutes || g.runs[job] == "" {
		g.runs[job] = fmt.Sprintf("jr_%016x%016x%016x%016x", g.random.Uint64(), g.random.Uint64(), g.random.Uint64(), g.random.Uint64())
	}
	g.next++
	b = append(b, `{"metric_stream_name":"bench","account_id":"11112222333`...)
	b = strconv.AppendInt(b, int64(job%3), 10)
	b = append(append(b, `","region":"eu-west-1","namespace":"Glue","metric_name":"`...), m.name...)
	b = strconv.AppendInt(append(b, `","dimensions":{"JobName":"bench-`...), int64(job), 10)
	b = append(append(b, `-raw-to-staged","JobRunId":"`...), g.runs[job]...)
	b = append(append(b, `","Type":"`...), m.kind...)
	b = strconv.AppendInt(append(b, `"},"timestamp":`...), g.first+int64(minute)*60_000, 10)
	b = g.appendValue(append(b, `,"value":{`...), m)
	b = append(append(b, `},"unit":"`...), m.unit...)
	return append(b, "\"}\n"...)
}

// appendValue appends the statistics of two reports of 30 seconds.
func (g *benchGenerator) appendValue(b []byte, m benchMetric) []byte {
	high, low := g.reading(m), g.reading(m)
	if high < low {
		high, low = low, high
	}
	for _, s := range [...]struct {
		name  string
		value float64
	}{{`"max":`, high}, {`,"min":`, low}, {`,"sum":`, high + low}} {
		b = appendStatistic(append(b, s.name...), s.value)
	}
	return append(b, `,"count":2.0`...)
}

func (g *benchGenerator) reading(m benchMetric) float64 {
	if m.fraction {
		return float64(g.random.IntN(1_000_000)) / 1e6
	}
	return float64(g.random.IntN(1 << g.random.IntN(31)))
}

// appendStatistic writes a number the way a metric stream does: always with a fraction.
func appendStatistic(b []byte, v float64) []byte {
	if v == float64(int64(v)) {
		return strconv.AppendFloat(b, v, 'f', 1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

func compressBody(text []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}
