package simulator

import (
	"encoding/hex"
	"math"
	"time"
)

const (
	reportEvery = 30  // seconds between two reports of a run
	maxReports  = 240 // two hours
	minReports  = 3
)

// Run is one attempt of a job: the truth about it.
type Run struct {
	Job     *Job
	ID      string // jr_ and 64 hexadecimal digits
	Attempt int    // 1, or 2 for a retry (a new run id)
	Failed  bool
	Error   string // Glue's error category of a failed run

	key       uint64
	start     int64 // seconds since the epoch
	reports   int   // reports that were made, 30 seconds apart; the last one is the end
	planned   int   // reports that a full run makes
	executors int
	records   float64 // what a full run reads
	kept      float64 // share of the records that it writes
	width     float64 // bytes of an input record
	memory    bool
	skewed    bool
	slow      bool
	late      bool
	drop      bool
}

// Start returns when the run started.
func (r *Run) Start() time.Time { return time.Unix(r.start, 0).UTC() }

// End returns when the run ended, which is also its last report.
func (r *Run) End() time.Time { return time.Unix(r.end(), 0).UTC() }

// Records returns how many records the run read and wrote in all.
func (r *Run) Records() (read, written int64) { return r.readBy(r.reports), r.writtenBy(r.reports) }

func (r *Run) end() int64 { return r.start + int64(r.reports)*reportEvery }

func newRun(job *Job, attempt int, at int64, st *stage, s *source) Run {
	t := &st.trouble
	r := Run{Job: job, Attempt: attempt, key: s.next(), start: at, records: st.records, width: st.width}
	r.ID = runID(r.key)
	r.late, r.drop = t.late && st.layer == 0, t.drop && st.layer == 0
	r.slow, r.skewed, r.memory = t.slow == st.layer, t.skewed == st.layer, t.pressure == st.layer
	own := source{key: r.key}
	r.kept = [layers]float64{0.97, 0.96, 0.00002}[job.Layer] * own.between(0.985, 1)
	r.plan(st.size, &own)
	r.fate(t.fail == st.layer, t.hopeless, &own)
	return r
}

// runID makes Glue's form of a run id.
func runID(key uint64) string {
	var raw [32]byte
	for i := range raw {
		raw[i] = byte(fold(key, 1<<32+uint64(i/8)) >> (8 * (i % 8)))
	}
	return "jr_" + hex.EncodeToString(raw[:])
}

// plan sets executors and duration: both grow with the input, the duration less where executors scale.
func (r *Run) plan(size float64, s *source) {
	r.executors = r.Job.Executors
	seconds := r.Job.seconds * (0.4 + 0.6*size) * s.between(0.93, 1.08)
	if r.Job.AutoScaling {
		r.executors = max(2, min(r.Job.Executors, int(math.Ceil(float64(r.Job.Executors)*0.75*size))))
		seconds = r.Job.seconds * (0.65 + 0.35*size) * s.between(0.93, 1.08)
	}
	if r.slow {
		seconds *= s.between(2.5, 4)
	}
	if r.skewed {
		seconds *= s.between(1.5, 2.2)
	}
	if r.memory {
		seconds *= s.between(1.2, 1.5)
	}
	r.planned = max(minReports, min(maxReports, int(math.Round(seconds/reportEvery))))
	r.reports = r.planned
}

// fate decides whether the attempt fails, when, and of what.
func (r *Run) fate(fails, hopeless bool, s *source) {
	outOfMemory := r.memory && s.chance(0.5)
	fails = fails || outOfMemory
	if !fails || r.Attempt == 2 && !hopeless {
		return
	}
	r.Failed = true
	r.Error = errorCategories()[s.within(0, categories-1)]
	if outOfMemory {
		r.Error = errorCategories()[0]
	}
	r.reports = max(minReports-1, int(float64(r.planned)*s.between(0.3, 0.92)))
}

const categories = 8

// errorCategories are the ways in which runs of the fleet fail, of Glue's 28.
func errorCategories() [categories]string {
	return [...]string{
		"OUT_OF_MEMORY_ERROR", "S3_ERROR", "CONNECTION_ERROR", "THROTTLING_ERROR", "QUERY_ERROR", "PERMISSION_ERROR",
		"TIMEOUT_ERROR", "UNCLASSIFIED_SPARK_ERROR",
	}
}

func (r *Run) incidents() []Incident {
	var kinds []Incident
	for _, k := range [...]struct {
		is   bool
		kind Incident
	}{
		{r.Failed, IncidentFailure},
		{r.slow, IncidentSlow},
		{r.skewed, IncidentSkew},
		{r.memory, IncidentMemoryPressure},
		{r.late, IncidentLate},
		{r.drop, IncidentDrop},
	} {
		if k.is {
			kinds = append(kinds, k.kind)
		}
	}
	return kinds
}
