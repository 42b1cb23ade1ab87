package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// lastVisible is how long bench waits for the last datapoints to be in their table.
const lastVisible = 2 * time.Minute

// runRate delivers in real time and measures how the server keeps up.
func (f *benchFlags) runRate(cmd *cobra.Command) (err error) {
	target, stop, err := f.target(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	defer target.client.CloseIdleConnections()
	report, err := f.measureRate(cmd.Context(), target, newProgressLine(cmd.ErrOrStderr(), time.Now))
	if err != nil {
		return err
	}
	return f.show(cmd, report)
}

func (f *benchFlags) measureRate(ctx context.Context, t benchTarget, progress *progressLine) (*rateReport, error) {
	w := &rateWatch{target: t}
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	watching, stopWatch := context.WithCancel(ctx)
	g, gctx := errgroup.WithContext(watching)
	g.Go(func() error { return w.run(gctx) })
	sent, err := f.deliverRate(ctx, t, w, progress)
	if err == nil {
		err = w.untilVisible(ctx, sent)
	}
	stopWatch()
	err = errors.Join(err, g.Wait())
	progress.end(fmt.Sprintf("delivered %d datapoints", sent))
	if err != nil {
		return nil, err
	}
	return w.report(f, sent), nil
}

// deliverRate sends one batch after the other, each when it is due.
func (f *benchFlags) deliverRate(ctx context.Context, t benchTarget, w *rateWatch, progress *progressLine) (sent int, err error) {
	generator := newFleetGenerator(f.load.seed, max(1, f.rate*60/len(benchMetrics())))
	began := time.Now()
	generator.first = began.Truncate(time.Minute).UnixMilli()
	total := int(float64(f.rate) * f.duration.Seconds())
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(f.concurrency)
	for sent < total && gctx.Err() == nil {
		n := min(f.load.batch, total-sent)
		body, err := generator.body(n, f.load.gzip)
		if err != nil {
			return sent, errors.Join(err, g.Wait())
		}
		sleep(gctx, time.Until(began.Add(time.Duration(float64(sent)/float64(f.rate)*float64(time.Second)))))
		g.Go(func() error {
			took, _, err := t.deliver(gctx, body)
			w.acknowledged(n, took)
			return err
		})
		sent += n
		progress.show(float64(sent)/float64(total), "delivering at the rate")
	}
	return sent, g.Wait()
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(max(0, d)):
	}
}

// rateWatch holds what was acknowledged when against what was visible when.
type rateWatch struct {
	target benchTarget
	before map[string]float64
	began  time.Time

	mu      sync.Mutex
	acks    []count // in order of time
	acked   int
	ackTime []time.Duration
	seen    []count // rows of the curated tables beyond those of before
	last    map[string]float64
	memory  float64
	files   float64
}

// count is how many there were at a time.
type count struct {
	at time.Time
	n  int
}

func (w *rateWatch) begin(ctx context.Context) (err error) {
	w.before, err = w.target.scrape(ctx)
	w.began = time.Now()
	return err
}

func (w *rateWatch) acknowledged(n int, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked += n
	w.acks = append(w.acks, count{time.Now(), w.acked})
	w.ackTime = append(w.ackTime, took)
}

// run looks at the server until ctx ends.
func (w *rateWatch) run(ctx context.Context) error {
	for ctx.Err() == nil {
		m, err := w.target.scrape(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil {
			w.look(m)
		}
		sleep(ctx, watchEvery/2)
	}
	return nil
}

func (w *rateWatch) look(m map[string]float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = m
	w.memory, w.files = max(w.memory, m[metricMemory]), max(w.files, m[metricLakeFiles])
	w.seen = append(w.seen, count{time.Now(), int(m[metricLakeRows] - w.before[metricLakeRows])})
}

// untilVisible waits until all that was sent is in its table.
func (w *rateWatch) untilVisible(ctx context.Context, sent int) error {
	for end := time.Now().Add(lastVisible); time.Now().Before(end) && ctx.Err() == nil; sleep(ctx, watchEvery) {
		w.mu.Lock()
		done := len(w.seen) > 0 && w.seen[len(w.seen)-1].n >= sent
		w.mu.Unlock()
		if done {
			return nil
		}
	}
	return errors.Join(ctx.Err(), fmt.Errorf("%d datapoints were acknowledged, and not all are in their table %s later", sent, lastVisible))
}

// delays are the times from acknowledgement to the table, one for each batch, ascending. What became visible while
// nobody looked counts from the next look.
func (w *rateWatch) delays() []time.Duration {
	var all []time.Duration
	at := 0
	for _, ack := range w.acks {
		for at < len(w.seen) && w.seen[at].n < ack.n {
			at++
		}
		if at < len(w.seen) {
			all = append(all, max(0, w.seen[at].at.Sub(ack.at)))
		}
	}
	slices.Sort(all)
	return all
}
