package simulator

import (
	"iter"
	"time"

	"limnograph"
)

const secondsPerMinute = 60

// Generator turns minutes of the fleet into lines. It remembers the runs of the hour that it is in, so neighbouring
// minutes are cheap. It is not safe for concurrent use; a fleet has as many as wanted.
type Generator struct {
	fleet *Fleet
	hour  int64 // the hour that runs belongs to
	runs  []Run // by job, then start
	own   readings
	all   readings
	lines lines
}

// Generator returns a new generator.
func (f *Fleet) Generator() *Generator { return &Generator{fleet: f, hour: -1 << 62} }

// Lines yields the lines of every datapoint in r, minute by minute, each with its newline. The bytes are valid until
// the next one.
func (g *Generator) Lines(r limnograph.TimeRange) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for m := minuteFrom(r.From); m < minuteFrom(r.To); m++ {
			g.lines.reset()
			g.minute(m, &g.lines)
			for i := range g.lines.len() {
				if !yield(g.lines.at(i)) {
					return
				}
			}
		}
	}
}

// minuteFrom is the first whole minute that starts at t or later.
func minuteFrom(t time.Time) int64 { return ceilDiv(t.UnixNano(), int64(time.Minute)) }

func minuteTime(m int64) time.Time { return time.Unix(m*secondsPerMinute, 0).UTC() }

// minute adds the lines of minute m (minutes since the epoch): run by run, each job's twin after its runs.
func (g *Generator) minute(m int64, to *lines) {
	g.seek(floorDiv(m, 60))
	for i := 0; i < len(g.runs); {
		next := i + 1
		for next < len(g.runs) && g.runs[next].Job == g.runs[i].Job {
			next++
		}
		g.jobMinute(g.runs[i:next], m, to)
		i = next
	}
}

func (g *Generator) seek(h int64) {
	if g.hour != h {
		g.hour, g.runs = h, g.fleet.runs(h*hour, (h+1)*hour)
	}
}

// jobMinute writes what the runs of one job reported in a minute, and the twin over them.
func (g *Generator) jobMinute(runs []Run, m int64, to *lines) {
	job, stamp, active := runs[0].Job, m*secondsPerMinute*1000, 0
	for i := range runs {
		first, last := runs[i].reportsIn(m, m+1)
		if first > last {
			continue
		}
		g.own = readings{}
		for k := first; k <= last; k++ {
			runs[i].report(k, &g.own)
		}
		to.add(g.fleet.layout, job, runs[i].ID, stamp, &g.own)
		if active++; active == 1 {
			g.all = g.own
			continue
		}
		g.all.merge(&g.own)
	}
	if active > 0 {
		to.add(g.fleet.layout, job, total, stamp, &g.all)
	}
}

// reportsIn returns the first and last report made in the minutes [from, until); first > last is none.
func (r *Run) reportsIn(from, until int64) (first, last int) {
	first = int(max(1, ceilDiv(from*secondsPerMinute-r.start, reportEvery)))
	last = int(min(int64(r.reports), ceilDiv(until*secondsPerMinute-r.start, reportEvery)-1))
	return first, last
}
