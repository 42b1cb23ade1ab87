package panel

import (
	"fmt"
	"time"

	"limnograph"
)

// rank orders needs, the greatest first.
func (n Need) rank() int {
	switch n {
	case NeedFailing:
		return 0
	case NeedLate:
		return 1
	case NeedSlow:
		return 2
	case NeedRunning:
		return 3
	case NeedFine:
		return 4
	default:
		return 5
	}
}

// need says what the job needs and why. The first rule that holds decides.
func (j *job) need() (Need, string) {
	for _, rule := range [...]func(*job) (Need, string, bool){failing, late, slowNow, slowLast, runningNow, fine} {
		if need, reason, ok := rule(j); ok {
			return need, reason
		}
	}
	return NeedQuiet, j.whyQuiet()
}

func failing(j *job) (Need, string, bool) {
	last, ok := j.lastFinished()
	if !ok || last.phase != Failed {
		return "", "", false
	}
	why := last.whyFailed()
	reason := fmt.Sprintf("%s at %s; %d of %s failed", why, sayTime(last.end, j.at), j.count(isFailed), sayRuns(len(j.shown)))
	return NeedFailing, reason, true
}

// whyFailed names the category of the error, else what the state says.
func (r *run) whyFailed() string {
	switch {
	case r.ErrorCategory != "":
		return r.ErrorCategory
	case r.ErrorClass != "":
		return r.ErrorClass
	case r.State == limnograph.RunTimeout:
		return "timed out"
	case r.State == limnograph.RunExpired:
		return "expired before it started"
	case r.State == limnograph.RunError:
		return "ended in state ERROR"
	default:
		return "failed (class not reported)"
	}
}

func late(j *job) (Need, string, bool) {
	s, ok := j.overdue()
	if !ok {
		return "", "", false
	}
	reason := fmt.Sprintf("run expected at %s is %s overdue; it starts every %s",
		sayTime(s.expected, j.at), sayDuration(j.at.Sub(s.expected)), sayDuration(s.every))
	return NeedLate, reason, true
}

// overdue returns the schedule of a job whose next start has passed by more than its grace.
func (j *job) overdue() (schedule, bool) {
	if len(j.active()) > 0 || j.isDeleted() {
		return schedule{}, false
	}
	s, ok := expect(j.runs)
	return s, ok && j.at.After(s.expected.Add(s.grace))
}

func slowNow(j *job) (Need, string, bool) {
	for _, r := range j.running() {
		if r.slow {
			return NeedSlow, fmt.Sprintf("running for %s, %s", sayDuration(r.duration()), sayTimes(r.duration(), r.typical)), true
		}
	}
	return "", "", false
}

func slowLast(j *job) (Need, string, bool) {
	last, ok := j.lastFinished()
	if !ok || !last.slow {
		return "", "", false
	}
	return NeedSlow, fmt.Sprintf("last run took %s, %s", sayDuration(last.duration()), sayTimes(last.duration(), last.typical)), true
}

func runningNow(j *job) (Need, string, bool) {
	active := j.active()
	if len(active) == 0 {
		return "", "", false
	}
	r := active[0]
	switch r.phase {
	case Queued:
		return NeedRunning, "waiting for capacity for " + sayDuration(r.lead), true
	case Starting:
		return NeedRunning, "starting for " + sayDuration(r.lead), true
	}
	reason := "running for " + sayDuration(r.duration())
	if r.baseline > 0 {
		reason += ", typically " + sayDuration(r.typical)
	}
	return NeedRunning, reason, true
}

func fine(j *job) (Need, string, bool) {
	last, ok := j.lastFinished()
	if !ok {
		return "", "", false
	}
	verb := "succeeded"
	switch last.phase {
	case Ended:
		verb = "ended"
	case Stopped:
		verb = "was stopped"
	}
	reason := fmt.Sprintf("%s %s after %s; %s", verb, sayTime(last.end, j.at), sayDuration(last.duration()), sayRuns(len(j.shown)))
	if n := j.count(isFailed); n > 0 {
		reason += fmt.Sprintf(", %d failed", n)
	}
	return NeedFine, reason, true
}

func (j *job) whyQuiet() string {
	switch {
	case j.isDeleted() && !j.listed.DeletedAt.IsZero():
		return "deleted, as was seen at " + sayTime(j.listed.DeletedAt, j.at)
	case j.isDeleted():
		return "deleted"
	case !j.quietAt.IsZero():
		return "no run in this range; the last one ended at " + sayTime(j.quietAt, j.at)
	case !j.past.LastBegin.IsZero():
		return "no run in this range; the last one began at " + sayTime(j.past.LastBegin, j.at)
	case j.total != nil && len(j.runs) == 0:
		return "reports only totals over its runs (JobRunId=ALL): its runs can't be told apart; newest datapoint at " +
			sayTime(j.total.Last, j.at)
	default:
		return "no run in this range"
	}
}

// now returns the latest values while something runs, and nil otherwise. Executors are those of all active runs, CPU
// and heap those of the newest.
func (j *job) now() *Now {
	active := j.running()
	if len(active) == 0 {
		return j.totalNow()
	}
	newest := active[len(active)-1]
	n := &Now{CPU: newest.CPU, Heap: newest.Heap, At: newest.Last}
	for _, r := range active {
		n.Executors = addFloat(n.Executors, r.ExecutorsNow)
	}
	return n
}

// totalNow answers for a job that reports only totals.
func (j *job) totalNow() *Now {
	if j.total == nil || len(j.runs) > 0 || j.total.Last.Before(j.at.Add(-runningGap)) {
		return nil
	}
	return &Now{Executors: j.total.ExecutorsNow, CPU: j.total.CPU, Heap: j.total.Heap, At: j.total.Last}
}

func addFloat(sum, v *float64) *float64 {
	if v == nil {
		return sum
	}
	total := *v
	if sum != nil {
		total += *sum
	}
	return &total
}

func addWhole(sum, v *int64) *int64 {
	if v == nil {
		return sum
	}
	total := *v
	if sum != nil {
		total += *sum
	}
	return &total
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
