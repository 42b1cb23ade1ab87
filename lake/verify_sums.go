package lake

import (
	"math"
	"sync"

	"limnograph/metricstream"
)

// hourSums are sums of row hashes by hour.
type hourSums map[int64]*hourSum

type hourSum struct {
	rows, hash    uint64
	first, latest uint64 // lowest and greatest batch sequence
}

func (h hourSums) of(hour int64) *hourSum {
	s, ok := h[hour]
	if !ok {
		s = &hourSum{first: math.MaxUint64}
		h[hour] = s
	}
	return s
}

func (h hourSums) add(ts int64, hash uint64, version int64) {
	s, sequence := h.of(hourOf(ts)), metricstream.SequenceOf(version)
	s.rows, s.hash = s.rows+1, s.hash+hash
	s.first, s.latest = min(s.first, sequence), max(s.latest, sequence)
}

func (h hourSums) merge(o hourSums) {
	for hour, sum := range o {
		s := h.of(hour)
		s.rows, s.hash = s.rows+sum.rows, s.hash+sum.hash
		s.first, s.latest = min(s.first, sum.first), max(s.latest, sum.latest)
	}
}

func (h hourSums) equal(o hourSums, hour int64) bool {
	a, b := h.of(hour), o.of(hour)
	return a.rows == b.rows && a.hash == b.hash
}

// progress tells a caller how far the work is.
type progress struct {
	to    func(Progress)
	mu    sync.Mutex
	state Progress
}

func (p *progress) begin(doing string, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Doing, p.state.Done, p.state.Total = doing, 0, total
	p.tell()
}

func (p *progress) add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Done += n
	p.state.Total = max(p.state.Total, p.state.Done)
	p.tell()
}

func (p *progress) tell() {
	if p.to != nil {
		p.to(p.state)
	}
}
