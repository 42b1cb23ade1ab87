package simulator

import (
	"math"
	"slices"
	"sort"
	"time"
)

// maxSpan bounds the seconds from the planned start of a pipeline to its last report: 100 minutes late, and three
// layers of two attempts of at most two hours, with their pauses.
const maxSpan = 15 * hour

// pipeline is what happened in one slot of one dataset.
type pipeline struct {
	runs    []Run
	missing []absence
}

// absence is a planned run that never started.
type absence struct {
	job *Job
	at  int64
}

// plans visits the pipelines that may have reports in [from, until), seconds since the epoch. The pipeline is reused.
func (f *Fleet) plans(from, until int64, visit func(*pipeline)) {
	var p pipeline
	for i := range f.datasets {
		d := &f.datasets[i]
		for slot := d.firstSlot(from - maxSpan); d.slotTime(slot) < until; slot++ {
			f.plan(d, slot, &p)
			visit(&p)
		}
	}
}

// plan decides everything that happens in one slot.
func (f *Fleet) plan(d *dataset, slot int64, p *pipeline) {
	p.runs, p.missing = p.runs[:0], p.missing[:0]
	s := source{key: fold(fold(fold(f.key, keySlot), uint64(d.index)), uint64(slot))}
	t := f.troubleOf(d, slot, &s)
	at := d.slotTime(slot) + int64(s.within(5, 90))
	if t.late {
		at += int64(s.within(40, 100)) * 60
	}
	size := d.sizeAt(d.slotTime(slot), &s)
	if t.drop {
		size *= s.between(0.03, 0.15)
	}
	step := stage{at: at, size: size, records: math.Floor(d.records * size), width: d.width, trouble: t}
	for l := range layers {
		job := f.jobOf(d, l)
		if t.missing || step.at == 0 {
			p.miss(job, d.slotTime(slot)+int64(l)*600)
			continue
		}
		p.attempts(job, &step, &s)
	}
}

// stage is what one layer of a pipeline starts with.
type stage struct {
	layer   int
	at      int64   // when it starts; 0 is never
	size    float64 // input against the usual one
	records float64
	width   float64 // bytes of a record
	trouble trouble
}

// jobOf returns nil where the list of jobs was cut.
func (f *Fleet) jobOf(d *dataset, layer int) *Job {
	if layer >= d.jobs {
		return nil
	}
	return &f.jobs[d.index*layers+layer]
}

func (p *pipeline) miss(job *Job, at int64) {
	if job != nil {
		p.missing = append(p.missing, absence{job: job, at: at})
	}
}

// attempts runs one layer, with a retry after a failure, and prepares the stage of the next layer.
func (p *pipeline) attempts(job *Job, st *stage, s *source) {
	at := st.at
	st.at = 0
	for attempt := 1; job != nil && attempt <= 2; attempt++ {
		r := newRun(job, attempt, at, st, s)
		p.runs = append(p.runs, r)
		if !r.Failed {
			st.at, st.layer = r.end()+int64(s.within(20, 90)), st.layer+1
			st.records, st.width = float64(r.writtenBy(r.reports)), st.width*0.6
			return
		}
		at = r.end() + int64(s.within(60, 150))
	}
}

// sizeAt is the factor of the input size at a time of the day, week and month, with its log-normal spread.
func (d *dataset) sizeAt(t int64, s *source) float64 {
	at := time.Unix(t, 0).UTC()
	size := s.logNormal(0.22)
	if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
		size *= d.weekend
	}
	if at.AddDate(0, 0, 1).Day() == 1 || at.Day() == 1 {
		size *= d.closing
	}
	if d.class < 2 { // quiet nights, busy days: hours 0 to 23
		size *= [...]float64{
			.7, .65, .6, .6, .6, .65, .75, .9, 1.05, 1.15, 1.2, 1.2,
			1.25, 1.2, 1.15, 1.1, 1.1, 1.15, 1.25, 1.3, 1.2, 1.05, .9, .8,
		}[at.Hour()]
	}
	return size
}

// Runs lists the runs with a report in [from, until), by job and start. The runs belong to the caller.
func (f *Fleet) Runs(from, until time.Time) []Run { return f.runs(from.Unix(), until.Unix()) }

func (f *Fleet) runs(from, until int64) []Run {
	var runs []Run
	f.plans(from, until, func(p *pipeline) {
		for i := range p.runs {
			if r := &p.runs[i]; r.start+reportEvery < until && r.end() >= from {
				runs = append(runs, *r)
			}
		}
	})
	sort.SliceStable(runs, func(i, j int) bool {
		if a, b := runs[i].Job.Index, runs[j].Job.Index; a != b {
			return a < b
		}
		return runs[i].start < runs[j].start
	})
	return slices.Clip(runs)
}
