package simulator

import "math"

// progress is the share of the input that a full run has read by report k. It never falls.
func (r *Run) progress(k int) float64 {
	if k <= 0 {
		return 0
	}
	if k >= r.planned {
		return 1
	}
	return (float64(k) - 0.7 + 0.6*noise(r.key, uint64(k))) / float64(r.planned)
}

// writing is the share of the output that has been written by report k: the first fifth of a run only reads.
func (r *Run) writing(k int) float64 {
	if k >= r.planned {
		return 1
	}
	return max(0, (r.progress(k)-0.2)/0.85)
}

// upTo is the whole amount of total that a share stands for.
func upTo(total, share float64) int64 { return int64(math.Floor(total * share)) }

func (r *Run) readBy(k int) int64    { return upTo(r.records, r.progress(k)) }
func (r *Run) writtenBy(k int) int64 { return upTo(math.Ceil(r.records*r.kept), r.writing(k)) }

// window is the life of executor e (from 1): it is there at the reports after `after` up to `last`.
func (r *Run) window(e int) (after, last int) {
	if e == 1 {
		return 0, r.reports
	}
	bits := fold(r.key^uint64(e), 7)
	if !r.Job.AutoScaling {
		return int(bits % 2), r.reports
	}
	after = min((e-1)/2, r.reports-1)
	last = r.reports - int(bits%uint64(r.reports/3+1))
	return after, max(last, after+1)
}

// weight is the share of the work of executor e against its siblings.
func (r *Run) weight(e int) float64 {
	if r.skewed && e == 1 {
		return 2.5 * float64(r.executors)
	}
	return 0.8 + 0.4*noise(r.key^uint64(e), 11)
}
