package collector

import (
	"context"
	"slices"
	"time"

	"limnograph"
	"limnograph/record"
)

// batchRecords is how many records are landed at once.
const batchRecords = 500

// part gathers the lines of one table.
type part struct{ limnograph.Part }

// add takes a line in, or nothing.
func (p *part) add(line []byte, at time.Time) {
	if len(line) == 0 {
		return
	}
	ms := at.UnixMilli()
	if p.Count == 0 {
		p.MinTime, p.MaxTime = ms, ms
	}
	p.MinTime, p.MaxTime = min(p.MinTime, ms), max(p.MaxTime, ms)
	p.Lines = append(p.Lines, line...)
	p.Count++
}

// landRuns lands statements about runs, with their error texts. After an error some may have landed.
func (c *Collector) landRuns(ctx context.Context, runs []limnograph.JobRun) error {
	for some := range slices.Chunk(runs, batchRecords) {
		about, texts := part{limnograph.Part{Table: limnograph.RunsTable}}, part{limnograph.Part{Table: limnograph.RunErrorsTable}}
		for _, r := range some {
			about.add(record.EncodeRun(r), r.ObservedAt)
			texts.add(record.EncodeRunError(r), r.ObservedAt)
		}
		if err := c.landParts(ctx, about, texts); err != nil {
			return err
		}
		c.metrics.landed.WithLabelValues(limnograph.RunsTable).Add(float64(len(some)))
	}
	return nil
}

func (c *Collector) landJobs(ctx context.Context, jobs []limnograph.Job) error {
	for some := range slices.Chunk(jobs, batchRecords) {
		about := part{limnograph.Part{Table: limnograph.JobsTable}}
		for _, j := range some {
			about.add(record.EncodeJob(j), j.ObservedAt)
		}
		if err := c.landParts(ctx, about); err != nil {
			return err
		}
		c.metrics.landed.WithLabelValues(limnograph.JobsTable).Add(float64(len(some)))
	}
	return nil
}

func (c *Collector) landParts(ctx context.Context, parts ...part) error {
	b := &limnograph.Batch{Sender: c.cfg.Sender, Stream: "collector", Arrival: c.cfg.Now().UTC()}
	for _, p := range parts {
		if p.Count > 0 {
			b.Parts = append(b.Parts, p.Part)
		}
	}
	if len(b.Parts) == 0 {
		return nil
	}
	return c.land(ctx, b)
}
