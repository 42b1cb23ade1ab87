package collector

import (
	"context"
	"slices"
	"time"

	"limnograph"
)

const (
	mostPoints      = 1000             // datapoints of one call of PutMetricData
	publishPause    = 10 * time.Second // after a failure; it doubles with each one
	publishAtMost   = 10 * time.Minute
	publishedAtOnce = 100 // runs in one round
)

// sending is what is published of one run in one round.
type sending struct {
	run    *ended
	points []limnograph.Datapoint
	done   kindSet // of the run when points are out
	late   bool    // the stream would not bring them back
}

// publish sends the custom metrics that wait. Failures are noted and tried again later: landing of records never waits
// for this.
func (t *target) publish(ctx context.Context) {
	if !t.publishing.TryLock() {
		return // whoever holds it, or the next step, sends them
	}
	defer t.publishing.Unlock()
	for ctx.Err() == nil {
		round := t.nextRound(ctx)
		if len(round) == 0 {
			return
		}
		var soon, late []sending
		for _, s := range round {
			if s.late {
				late = append(late, s)
			} else {
				soon = append(soon, s)
			}
		}
		if err := t.sendAll(ctx, soon, t.put); err != nil {
			t.publishFailed()
			return
		}
		if err := t.sendAll(ctx, late, t.c.landPoints); err != nil {
			t.publishFailed()
			return
		}
	}
}

// nextRound picks the oldest runs that have something to publish now, and forgets those that have nothing left.
func (t *target) nextRound(ctx context.Context) (round []sending) {
	now := t.c.cfg.Now()
	t.mu.Lock()
	var runs []*ended
	if !t.outbox.retry.After(now) && !t.held(putMetric, now) {
		for _, e := range t.outbox.waiting {
			if e.hasWork(&t.c.cfg, now.Sub(e.at) >= factsAfter) {
				runs = append(runs, e)
			}
		}
	}
	t.mu.Unlock()
	slices.SortFunc(runs, (*ended).order)
	for _, e := range runs[:min(len(runs), publishedAtOnce)] {
		s, err := t.prepare(ctx, e, now)
		if err != nil {
			t.publishFailed()
			return nil
		}
		round = append(round, s)
	}
	return round
}

// prepare makes the datapoints of a run that can be published now.
func (t *target) prepare(ctx context.Context, e *ended, now time.Time) (sending, error) {
	cfg := &t.c.cfg
	s := sending{run: e, done: e.done, late: t.Metrics == nil || cfg.LandMetrics && now.Sub(e.at) > cfg.Window}
	var facts Facts
	withFacts := cfg.Facts != nil && now.Sub(e.at) >= factsAfter && slices.ContainsFunc(cfg.Publish, func(k Kind) bool { return k.needsFacts() && !e.done.has(k) })
	if withFacts {
		var err error
		if facts, err = cfg.Facts(ctx, e.key); err != nil {
			return s, err
		}
	}
	for _, k := range cfg.Publish {
		v, ok := e.value(k, facts)
		if ok && !e.done.has(k) {
			s.points = append(s.points, datapoint(k, nameOf(k, cfg.Names), e, v))
		}
		if ok || withFacts && k.needsFacts() {
			s.done |= setOf(k)
		}
	}
	return s, nil
}

// sendAll sends what was prepared, and notes what is out. Where one datapoint is refused for good, the others still go.
func (t *target) sendAll(ctx context.Context, all []sending, send func(context.Context, []limnograph.Datapoint) error) error {
	for some := range slices.Chunk(all, mostPoints/len(Kinds())) {
		var points []limnograph.Datapoint
		for _, s := range some {
			points = append(points, s.points...)
		}
		err := send(ctx, points)
		if limnograph.ErrorCode(err) == limnograph.CodeInvalid && len(points) > 1 {
			err = t.sendSingly(ctx, points, send)
		} else if limnograph.ErrorCode(err) == limnograph.CodeInvalid {
			t.refused(len(points))
			err = nil
		}
		if err != nil {
			return err
		}
		t.published(some)
	}
	return nil
}

func (t *target) sendSingly(ctx context.Context, points []limnograph.Datapoint, send func(context.Context, []limnograph.Datapoint) error) error {
	for i := range points {
		err := send(ctx, points[i:i+1])
		if limnograph.ErrorCode(err) == limnograph.CodeInvalid {
			t.refused(1)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// put publishes through CloudWatch.
func (t *target) put(ctx context.Context, points []limnograph.Datapoint) error {
	if len(points) == 0 {
		return nil
	}
	err := t.Metrics.Put(ctx, points)
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls[putMetric]++
	t.c.metrics.calls.WithLabelValues(t.at.account, t.at.region, putMetric).Inc()
	if err == nil {
		delete(t.problems, putMetric)
		return nil
	}
	t.c.metrics.failed.WithLabelValues(t.at.account, t.at.region, putMetric, string(limnograph.ErrorCode(err))).Inc()
	t.problem(putMetric, err, now)
	return err
}

func (t *target) refused(points int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outbox.refused += int64(points)
}

// published notes what is out.
func (t *target) published(some []sending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outbox.fails, t.outbox.retry = 0, time.Time{}
	for _, s := range some {
		t.outbox.published += int64(len(s.points))
		t.c.memory.update(idOf(s.run.key), func(k *known) { k.published |= s.done })
		if e := t.outbox.waiting[s.run.key]; e != nil {
			if e.done |= s.done; !e.hasWork(&t.c.cfg, t.c.cfg.Facts != nil) {
				delete(t.outbox.waiting, s.run.key)
			}
		}
	}
	t.c.dirty.Store(true)
}

func (t *target) publishFailed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outbox.fails++
	t.outbox.retry = t.c.cfg.Now().Add(min(publishAtMost, publishPause<<min(t.outbox.fails-1, 8)))
}
