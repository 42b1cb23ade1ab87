package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// The metrics of the curated tables that bench reads.
const (
	metricLakeRows    = "limno_lake_rows"
	metricLakeFiles   = "limno_lake_files"
	metricLakeBytes   = "limno_lake_bytes"
	metricLakeWritten = "limno_lake_written_bytes_total"
	metricRowsWritten = "limno_lake_written_rows_total"
	metricLakeCommits = "limno_lake_commits_total"
)

// rateReport is the outcome of a measurement in real time; its JSON names are stable.
type rateReport struct {
	Version           string       `json:"version"`
	Started           time.Time    `json:"started"`
	Rate              int          `json:"rate"`
	Points            int          `json:"points"`
	Seconds           float64      `json:"seconds"`
	PointsPerSecond   float64      `json:"points_per_second"`
	Ack               ackQuantiles `json:"ack_ms"`
	Visible           ackQuantiles `json:"visible_ms"` // from acknowledgement to the curated table
	CPUPerMillion     float64      `json:"cpu_seconds_per_million_points"`
	MemoryPeak        float64      `json:"memory_peak_bytes"`
	Files             float64      `json:"files"`
	FilesPeak         float64      `json:"files_peak"`
	Commits           float64      `json:"commits"`
	BytesPerPoint     float64      `json:"bytes_per_point"`
	RowsWrittenPerRow float64      `json:"rows_written_per_row"`
	BytesWrittenPer   float64      `json:"bytes_written_per_byte"`
}

func (w *rateWatch) report(f *benchFlags, sent int) *rateReport {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.acks[len(w.acks)-1].at.Sub(w.began)
	delta := func(name string) float64 { return w.last[name] - w.before[name] }
	slices.Sort(w.ackTime)
	return &rateReport{
		Version: version, Started: w.began.UTC(), Rate: f.rate, Points: sent,
		Seconds: took.Seconds(), PointsPerSecond: float64(sent) / took.Seconds(),
		Ack: quantiles(w.ackTime), Visible: quantiles(w.delays()),
		CPUPerMillion: delta(metricCPU) / float64(sent) * 1e6, MemoryPeak: w.memory,
		Files: w.last[metricLakeFiles], FilesPeak: w.files, Commits: delta(metricLakeCommits),
		BytesPerPoint:     delta(metricLakeBytes) / delta(metricLakeRows),
		RowsWrittenPerRow: delta(metricRowsWritten) / delta(metricLakeRows),
		BytesWrittenPer:   delta(metricLakeWritten) / delta(metricLakeBytes),
	}
}

// quantiles describes times in ascending order.
func quantiles(sorted []time.Duration) ackQuantiles {
	return ackQuantiles{P50: quantile(sorted, .5), P90: quantile(sorted, .9), P99: quantile(sorted, .99), Max: quantile(sorted, 1)}
}

// print writes the report for a person.
func (r *rateReport) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d datapoints at %d a second\n"+
		"acknowledged  %.0f points/s over %.0f s; p50 %.1f ms, p99 %.1f ms, max %.1f ms\n"+
		"visible       p50 %.2f s, p99 %.2f s, max %.2f s after the acknowledgement\n"+
		"server CPU    %.2f s per million points\n"+
		"memory        %.0f MB at its peak\n"+
		"tables        %.0f files (%.0f at most), %.0f commits, %.1f bytes per point\n"+
		"written       %.2f rows for each row, %.2f bytes for each byte\n",
		r.Points, r.Rate, r.PointsPerSecond, r.Seconds, r.Ack.P50, r.Ack.P99, r.Ack.Max,
		r.Visible.P50/1000, r.Visible.P99/1000, r.Visible.Max/1000, r.CPUPerMillion, r.MemoryPeak/1e6,
		r.Files, r.FilesPeak, r.Commits, r.BytesPerPoint, r.RowsWrittenPerRow, r.BytesWrittenPer)
	return err
}
