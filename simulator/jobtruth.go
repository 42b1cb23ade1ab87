package simulator

import (
	"time"

	"limnograph"
)

// Silence is why no datapoint of a job ever comes.
type Silence string

// The reasons.
const (
	Speaks          Silence = ""                // it does emit metrics
	SilentShell     Silence = "python_shell"    // Python shell jobs have no metrics
	SilentOff       Silence = "metrics_off"     // --enable-metrics is not set
	SilentVersion   Silence = "glue_version"    // only observability metrics are on, which need Glue 4.0
	SilentNoContext Silence = "no_glue_context" // the flag is on, the script makes no GlueContext
	SilentUnstarted Silence = "never_run"       // all is well, but it was never started
)

// FakeSecret is part of every secret in arguments and error texts of the fleet. Nothing that is kept of a run or a job may
// hold it.
const FakeSecret = "hunter2"

// JobTruth is what the Glue API says of a job. Arguments holds every default argument, secrets too. ObservedAt is empty.
type JobTruth struct {
	limnograph.Job
	Silence       Silence
	DeletedAt     time.Time // zero: never
	Mode          string    // SCRIPT, VISUAL or NOTEBOOK
	PythonVersion string    // of the script
	Role          string    // ARN
	Queueing      bool      // JobRunQueuingEnabled
	NotifyAfter   int64     // NotifyDelayAfter in minutes; 0: none
	Security      string    // SecurityConfiguration; empty: none
}

// ExistsAt reports whether the API knows the job at t.
func (j *JobTruth) ExistsAt(t time.Time) bool {
	return !t.Before(j.CreatedAt) && (j.DeletedAt.IsZero() || t.Before(j.DeletedAt))
}

// JobLedger lists the jobs that exist at some time in [from, until), by account, region and name: those of Jobs, the silent
// ones and the temporary ones.
func (f *Fleet) JobLedger(from, until time.Time) []JobTruth {
	all := make([]JobTruth, 0, len(f.jobs)+len(f.silent))
	for i := range f.jobs {
		all = append(all, f.jobs[i].truth())
	}
	for i := range f.silent {
		all = append(all, f.silent[i].truths(from, until)...)
	}
	return sortedJobs(all, from, until)
}

// Job returns what the API says of a job at t, and false when there is none.
func (f *Fleet) Job(key limnograph.JobKey, t time.Time) (JobTruth, bool) {
	var all []JobTruth
	if j := f.byName[key]; j != nil {
		all = append(all, j.truth())
	}
	for _, s := range f.silentJobs(key) {
		all = append(all, s.truths(t, t.Add(1))...)
	}
	for _, truth := range all {
		if truth.JobName == key.JobName && truth.ExistsAt(t) {
			return truth, true
		}
	}
	return JobTruth{}, false
}

// silentJobs lists those that have, or had, the name.
func (f *Fleet) silentJobs(key limnograph.JobKey) (found []*silentJob) {
	for i := range f.silent {
		if s := &f.silent[i]; s.jobKey(key.JobName) == key && s.hasName(key.JobName) {
			found = append(found, s)
		}
	}
	return found
}

// JobRuns lists the runs of one job with StartedAt in [from, until), the oldest first; nil for a job that never was.
func (f *Fleet) JobRuns(job limnograph.JobKey, from, until time.Time) []RunTruth {
	var out []RunTruth
	keep := func(r *RunTruth) {
		if r.JobName == job.JobName && !r.StartedAt.Before(from) && r.StartedAt.Before(until) {
			out = append(out, *r)
		}
	}
	if j := f.byName[job]; j != nil {
		f.truthsOf(&f.datasets[j.Index/layers], from.Unix(), until.Unix(), keep)
	}
	for _, s := range f.silentJobs(job) {
		s.runs(from.Unix(), until.Unix(), keep)
	}
	return sortedRuns(out)
}

// RunLedger lists the runs with StartedAt in [from, until) with their final values, by account, region, job, start and id.
func (f *Fleet) RunLedger(from, until time.Time) []RunTruth {
	var out []RunTruth
	keep := func(r *RunTruth) {
		if !r.StartedAt.Before(from) && r.StartedAt.Before(until) {
			out = append(out, *r)
		}
	}
	for i := range f.datasets {
		f.truthsOf(&f.datasets[i], from.Unix(), until.Unix(), keep)
	}
	for i := range f.silent {
		f.silent[i].runs(from.Unix(), until.Unix(), keep)
	}
	return sortedRuns(out)
}
