package simulator

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// history delivers the missing minutes of s with several workers, as fast as the target takes them.
func (p *Player) history(ctx, lasting context.Context, s span) error {
	p.begin("history", s)
	queue := batchQueue{rest: p.plan(s)}
	workers, ctx := errgroup.WithContext(ctx)
	for range p.cfg.Concurrency {
		workers.Go(func() error { return p.work(ctx, lasting, &queue, s) })
	}
	return workers.Wait()
}

func (p *Player) work(ctx, lasting context.Context, queue *batchQueue, s span) error {
	g := p.fleet.Generator()
	for b, ok := queue.next(); ok; b, ok = queue.next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.deliver(lasting, g, b, 0, p.cfg.Now()); err != nil {
			return err
		}
		p.advance(s)
	}
	return nil
}

// plan cuts what is missing into batches that end at hours, in the order of delivery.
func (p *Player) plan(s span) []batch {
	var hours []span
	for _, gap := range p.track.delivered().missing(s) {
		for gap.from < gap.until {
			cut := min(gap.until, (floorDiv(gap.from, 60)+1)*60)
			hours = append(hours, span{gap.from, cut})
			gap.from = cut
		}
	}
	if p.cfg.Order == NewestFirst {
		slices.Reverse(hours)
	}
	var out []batch
	for _, h := range hours {
		for ; h.from < h.until; h.from += p.batchMinutes() {
			out = append(out, batch{minutes{{h.from, min(h.until, h.from+p.batchMinutes())}}})
		}
	}
	return out
}

// batchMinutes keeps a batch near one request: ten minutes of sixty jobs, less of bigger fleets.
func (p *Player) batchMinutes() int64 { return max(1, min(10, int64(600/p.fleet.config.Jobs))) }

// batchQueue hands out batches to workers.
type batchQueue struct {
	mu   sync.Mutex
	rest []batch
}

func (q *batchQueue) next() (batch, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.rest) == 0 {
		return batch{}, false
	}
	b := q.rest[0]
	q.rest = q.rest[1:]
	return b, true
}
