package main

import (
	"fmt"
	"io"
	"runtime"
	"time"
)

// benchReport is the outcome of a measurement; its JSON names are stable.
type benchReport struct {
	Version         string         `json:"version"`
	Started         time.Time      `json:"started"`
	OwnServer       bool           `json:"own_server"`
	ServerCores     int            `json:"server_cores,omitempty"` // 0: all, or unknown
	Points          int            `json:"points"`
	Requests        int            `json:"requests"`
	Batch           int            `json:"batch"`
	Concurrency     int            `json:"concurrency"`
	Gzip            bool           `json:"gzip"`
	Seed            uint64         `json:"seed"`
	Seconds         float64        `json:"seconds"`
	PointsPerSecond float64        `json:"points_per_second"`
	BodyBytes       int64          `json:"body_bytes"` // before compression
	Retries         int64          `json:"retries"`
	Ack             ackQuantiles   `json:"ack_ms"`
	Server          *serverFigures `json:"server,omitempty"` // nil without a token
	Machine         benchMachine   `json:"machine"`
}

// ackQuantiles are times from sending a request to its acknowledgement, in milliseconds.
type ackQuantiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// benchMachine is where bench ran.
type benchMachine struct {
	Cores     int    `json:"cores"`
	GoVersion string `json:"go_version"`
	OS        string `json:"os"`
	Arch      string `json:"arch"`
}

func newBenchReport(f *benchFlags, bodies []benchBody, r benchResult, figures *serverFigures) *benchReport {
	report := &benchReport{
		Version: version, Started: r.started.UTC(), OwnServer: f.url == "", ServerCores: f.cores,
		Points: f.load.points, Requests: len(bodies), Batch: f.load.batch, Concurrency: f.concurrency, Gzip: f.load.gzip, Seed: f.load.seed,
		Seconds: r.took.Seconds(), PointsPerSecond: float64(f.load.points) / r.took.Seconds(), Retries: r.retries,
		Ack:     quantiles(r.latencies),
		Server:  figures,
		Machine: benchMachine{Cores: runtime.NumCPU(), GoVersion: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH},
	}
	for _, b := range bodies {
		report.BodyBytes += int64(b.inflated)
	}
	return report
}

// quantile is the smallest latency that a share q of all does not exceed, in milliseconds. sorted is ascending.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(q * float64(len(sorted)))
	if float64(i) == q*float64(len(sorted)) {
		i--
	}
	i = min(max(i, 0), len(sorted)-1)
	return float64(sorted[i]) / float64(time.Millisecond)
}

// print writes the report for a person.
func (r *benchReport) print(w io.Writer) error {
	compression := "plain"
	if r.Gzip {
		compression = "gzip"
	}
	if _, err := fmt.Fprintf(w, "%d datapoints in %d requests (%s), %d at a time, %d retries\n"+
		"acknowledged  %.0f points/s in %.2f s, %.0f MB/s before compression\n"+
		"latency       p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms\n",
		r.Points, r.Requests, compression, r.Concurrency, r.Retries, r.PointsPerSecond, r.Seconds, float64(r.BodyBytes)/r.Seconds/1e6,
		r.Ack.P50, r.Ack.P90, r.Ack.P99, r.Ack.Max); err != nil {
		return err
	}
	if r.Server == nil {
		_, err := fmt.Fprintln(w, "server        unknown: give --token for its CPU, memory and disk figures")
		return err
	}
	_, err := fmt.Fprintf(w, "server CPU    %.2f s per million points, %.0f points/s on one core\n"+
		"memory        %.0f MB at its peak, %.0f MB before\n"+
		"disk          %.1f bytes per point\n",
		r.Server.CPUSecondsPerMillion, r.Server.PointsPerCPUSecond, r.Server.MemoryPeak/1e6, r.Server.MemoryBefore/1e6, r.Server.BytesPerPoint)
	return err
}
