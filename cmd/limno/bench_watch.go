package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The server's own metrics that bench reads.
const (
	metricCPU    = "process_cpu_seconds_total"
	metricMemory = "process_resident_memory_bytes"
	metricLanded = "limno_landing_bytes_total"
	metricPoints = "limno_firehose_datapoints_total"

	watchEvery = 200 * time.Millisecond
)

// serverFigures is what the server says about itself over the time of the load.
type serverFigures struct {
	CPUSeconds           float64 `json:"cpu_seconds"`
	CPUSecondsPerMillion float64 `json:"cpu_seconds_per_million_points"`
	PointsPerCPUSecond   float64 `json:"points_per_cpu_second"`
	MemoryBefore         float64 `json:"memory_before_bytes"`
	MemoryPeak           float64 `json:"memory_peak_bytes"`
	LandedBytes          float64 `json:"landed_bytes"`
	BytesPerPoint        float64 `json:"landed_bytes_per_point"`
}

// serverWatch reads the server's metrics while the load runs.
type serverWatch struct {
	target benchTarget
	before map[string]float64
	cancel context.CancelFunc
	peak   chan float64
}

// watchServer starts to watch; without a token there is nothing to see, and it returns nil.
func watchServer(ctx context.Context, t benchTarget) (*serverWatch, error) {
	if t.token == "" {
		return nil, nil
	}
	before, err := t.scrape(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &serverWatch{target: t, before: before, cancel: cancel, peak: make(chan float64, 1)}
	go w.sample(ctx)
	return w, nil
}

// sample keeps the greatest memory until ctx ends.
func (w *serverWatch) sample(ctx context.Context) {
	peak := w.before[metricMemory]
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			w.peak <- peak
			return
		case <-tick.C:
			if m, err := w.target.scrape(ctx); err == nil {
				peak = max(peak, m[metricMemory])
			}
		}
	}
}

// finish ends the watch and returns the figures of points datapoints, nil when nothing was watched.
func (w *serverWatch) finish(ctx context.Context, points int) (*serverFigures, error) {
	if w == nil {
		return nil, nil
	}
	after, err := w.target.scrape(ctx)
	w.cancel()
	peak := <-w.peak
	if err != nil {
		return nil, err
	}
	delta := func(name string) float64 { return after[name] - w.before[name] }
	if n := delta(metricPoints); n < float64(points) {
		return nil, fmt.Errorf("the server counts %.0f datapoints, but %d were acknowledged", n, points)
	}
	f := &serverFigures{
		CPUSeconds: delta(metricCPU), CPUSecondsPerMillion: delta(metricCPU) / float64(points) * 1e6,
		MemoryBefore: w.before[metricMemory], MemoryPeak: max(peak, after[metricMemory]),
		LandedBytes: delta(metricLanded), BytesPerPoint: delta(metricLanded) / float64(points),
	}
	if f.CPUSeconds > 0 {
		f.PointsPerCPUSecond = float64(points) / f.CPUSeconds
	}
	return f, nil
}

// scrape reads the server's metrics, those of one name summed over its labels.
func (t benchTarget) scrape(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s/metrics answers %s (is --token the admin token?)", t.url, resp.Status)
	}
	return parseMetrics(resp.Body)
}

// parseMetrics reads Prometheus text; a sample is NAME{LABELS} VALUE, without a time here.
func parseMetrics(r io.Reader) (map[string]float64, error) {
	out := map[string]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		value, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("metrics: %q: %w", line, err)
		}
		name, _, _ := strings.Cut(line[:at], "{")
		out[name] += value
	}
	return out, lines.Err()
}
