package collector

import (
	"cmp"
	"slices"
	"time"

	"limnograph"
)

const (
	mostWaiting = 10_000          // runs whose custom metrics wait; the oldest ones are given up for newer ones
	factsAfter  = 5 * time.Minute // how long after its end a run is asked for what the lake knows: datapoints come late
	lakeWindow  = 14 * 24 * time.Hour
)

// kindSet is a set of kinds.
type kindSet uint16

func setOf(k Kind) kindSet { return 1 << (slices.Index(Kinds(), k) & 15) }

func (s kindSet) has(k Kind) bool { return s&setOf(k) != 0 }

// ended is a run that has ended and of which custom metrics are to be published.
type ended struct {
	key        limnograph.RunKey
	state      limnograph.RunState
	at         time.Time // when it ended
	executionS *int64
	dpuSeconds *float64
	done       kindSet // published, or without a value
}

// outbox holds what is to be published of one target. It is guarded by the target's mutex.
type outbox struct {
	waiting   map[limnograph.RunKey]*ended
	published int64 // datapoints, by either way
	skipped   int64 // runs whose name no dimension can have
	refused   int64 // datapoints that CloudWatch or the lake would never take
	dropped   int64 // runs that were given up because too many waited
	fails     int   // in a row
	retry     time.Time
}

// enqueue puts a run that has ended into the outbox, unless all of it was published. The caller holds mu.
func (t *target) enqueue(r limnograph.JobRun, c class) {
	cfg, now := &t.c.cfg, t.c.cfg.Now()
	e := &ended{key: r.RunKey, state: r.State, at: endOf(r), executionS: r.ExecutionS, dpuSeconds: r.DPUSeconds}
	k, _ := t.c.memory.get(idOf(r.RunKey))
	e.done = k.published
	late := now.Sub(e.at) > cfg.Window
	switch {
	case late && (c == history || !cfg.LandMetrics), t.Metrics == nil && !cfg.LandMetrics, now.Sub(e.at) > lakeWindow:
		return
	case !e.hasWork(cfg, cfg.Facts != nil):
		return
	case !canName(r.RunKey):
		t.outbox.skipped++
		return
	}
	if len(t.outbox.waiting) >= mostWaiting {
		t.outbox.dropOldest()
	}
	t.outbox.waiting[r.RunKey] = e
}

// hasWork reports whether a kind is left that has a value or, with facts, may get one.
func (e *ended) hasWork(cfg *Config, facts bool) bool {
	return slices.ContainsFunc(cfg.Publish, func(k Kind) bool {
		if e.done.has(k) {
			return false
		}
		_, ok := e.value(k, Facts{})
		return ok || facts && k.needsFacts()
	})
}

// value returns the value of a kind; false when it is not known.
func (e *ended) value(k Kind, f Facts) (v float64, ok bool) {
	switch k {
	case KindStatus:
		return 1, true
	case KindDuration:
		return whole(e.executionS)
	case KindDPUSeconds:
		return real(e.dpuSeconds)
	case KindQueueTime:
		return real(f.QueueS)
	case KindRecordsRead:
		return whole(f.RecordsRead)
	case KindRecordsWritten:
		return whole(f.RecordsWritten)
	case KindCost:
		return real(f.Cost)
	}
	return 0, false
}

func whole(v *int64) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return float64(*v), true
}

func real(v *float64) (float64, bool) {
	if v == nil || !isValue(*v) {
		return 0, false
	}
	return *v, true
}

func (o *outbox) dropOldest() {
	var oldest *ended
	for _, e := range o.waiting {
		if oldest == nil || e.order(oldest) < 0 {
			oldest = e
		}
	}
	delete(o.waiting, oldest.key)
	o.dropped++
}

func (e *ended) order(other *ended) int {
	return cmp.Or(e.at.Compare(other.at), cmp.Compare(e.key.JobName, other.key.JobName), cmp.Compare(e.key.RunID, other.key.RunID))
}
