package main

import (
	"context"
	"sync/atomic"
	"time"

	"limnograph"
	"limnograph/collector"
)

// collected answers who asked about one run. What is not known is left out.
type collected struct {
	JobName    string     `json:"jobName"`
	RunID      string     `json:"jobRunId"`
	AccountID  string     `json:"accountId"`
	Region     string     `json:"region"`
	State      string     `json:"state"`
	StartedAt  *time.Time `json:"startedAt,omitempty"`
	EndedAt    *time.Time `json:"endedAt,omitempty"`
	ExecutionS *int64     `json:"executionSeconds,omitempty"`
	DPUSeconds *float64   `json:"dpuSeconds,omitempty"`
	ErrorClass string     `json:"errorClass,omitempty"`
	Landed     int        `json:"landed"` // records that were new
	Note       string     `json:"note,omitempty"`
}

func collectedOf(o collector.Outcome) collected {
	r := o.Run
	return collected{
		JobName: r.JobName, RunID: r.RunID, AccountID: r.AccountID, Region: r.Region, State: string(r.State),
		StartedAt: known(r.StartedAt), EndedAt: known(r.CompletedAt), ExecutionS: r.ExecutionS, DPUSeconds: r.DPUSeconds,
		ErrorClass: r.ErrorClass, Landed: o.Landed, Note: o.Note,
	}
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// searched answers who started a search.
type searched struct {
	Calls    int64 `json:"calls"`   // requests to the Glue API
	Records  int64 `json:"records"` // that landed
	Metrics  int64 `json:"metrics"` // datapoints that were published
	Complete bool  `json:"complete"`
}

// tally counts what one invocation has done.
type tally struct{ calls, records, points atomic.Int64 }

func (t *tally) reset() {
	for _, n := range []*atomic.Int64{&t.calls, &t.records, &t.points} {
		n.Store(0)
	}
}

func (t *tally) read() (calls, records, points int64) {
	return t.calls.Load(), t.records.Load(), t.points.Load()
}

// lander counts the records that land.
func (t *tally) lander(land collector.Lander) collector.Lander {
	return func(ctx context.Context, b *limnograph.Batch) error {
		err := land(ctx, b)
		for _, p := range b.Parts {
			if err == nil {
				t.records.Add(int64(p.Count))
			}
		}
		return err
	}
}

// counted counts the datapoints that are published.
type counted struct {
	limnograph.MetricWriter
	tally *tally
}

// Put implements limnograph.MetricWriter.
func (c counted) Put(ctx context.Context, points []limnograph.Datapoint) error {
	err := c.MetricWriter.Put(ctx, points)
	if err == nil {
		c.tally.points.Add(int64(len(points)))
	}
	return err
}

// report writes one line, and one document of metrics, for an invocation.
func (c *collecting) report(ctx context.Context, what string, started time.Time, err error, about ...any) {
	took := c.now().Sub(started)
	calls, records, points := c.tally.read()
	failed := int64(0)
	if err != nil {
		failed = 1
	} else {
		c.log.InfoContext(ctx, what, append(append(requestOf(ctx), about...), "calls", calls, "records", records, "metrics", points, "took_ms", took.Milliseconds())...)
	}
	if err := c.metrics.write([]metric{
		{"Calls", "Count", calls},
		{"Records", "Count", records},
		{"Published", "Count", points},
		{"Failed", "Count", failed},
		{"Duration", "Milliseconds", took.Milliseconds()},
	}, c.now()); err != nil {
		c.log.WarnContext(ctx, "metrics not written", "err", err)
	}
}
