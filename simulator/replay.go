package simulator

import (
	"context"
	"sort"
	"time"
)

// replay delivers the missing minutes of s as a clock passes their arrival: a look each minute of the clock.
func (p *Player) replay(ctx, lasting context.Context, c clock, s span) error {
	label := "replay"
	if s.until == endless {
		label = "live"
	}
	p.begin(label, s)
	g, low := p.fleet.Generator(), s.from
	for {
		for _, due := range p.due(span{low, s.until}, c.now()) {
			if err := p.deliver(lasting, g, due.batch, 0, due.arrival); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		p.advance(s)
		if low = p.firstMissing(span{low, s.until}); low >= s.until {
			return nil
		}
		if err := c.wait(ctx, c.now().Truncate(time.Minute).Add(time.Minute)); err != nil {
			return err
		}
	}
}

// dueBatch is a batch with the arrival of its first datapoints.
type dueBatch struct {
	batch
	arrival time.Time
}

// due cuts the missing minutes of s that have arrived by now into batches, in the order of arrival.
func (p *Player) due(s span, now time.Time) []dueBatch {
	s.until = min(s.until, floorDiv(now.Unix(), secondsPerMinute)-soonest+1)
	type arrived struct{ at, minute int64 }
	var list []arrived
	for _, gap := range p.track.delivered().missing(s) {
		for m := gap.from; m < gap.until; m++ {
			if at := p.fleet.arrival(m, p.cfg.Faults); at <= now.Unix() {
				list = append(list, arrived{at, m})
			}
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].at < list[j].at })
	var out []dueBatch
	for i, a := range list {
		if int64(i)%p.batchMinutes() == 0 {
			out = append(out, dueBatch{arrival: time.Unix(a.at, 0).UTC()})
		}
		last := &out[len(out)-1]
		last.minutes.add(span{a.minute, a.minute + 1})
	}
	return out
}

func (p *Player) firstMissing(s span) int64 {
	if gaps := p.track.delivered().missing(s); len(gaps) > 0 {
		return gaps[0].from
	}
	return s.until
}
