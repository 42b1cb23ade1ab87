package simulator

import (
	"fmt"
	"strings"
	"time"

	"limnograph"
)

// silentJob is a job that the stream never tells of.
type silentJob struct {
	silentKind
	key             uint64
	kind            int
	account, region string
}

// newSilentJob makes one of each kind, then the same again in the next account, and under other names once every account has
// them.
func (f *Fleet) newSilentJob(i int) silentJob {
	round := i / silentKinds
	account := (i%silentKinds + round) % f.config.Accounts
	s := silentJob{
		silentKind: kindOf(i % silentKinds), kind: i % silentKinds, key: fold(fold(f.key, keySilent), uint64(i)),
		account: f.accounts[account], region: regionOf(account),
	}
	if same := round / f.config.Accounts; same > 0 {
		s.name += fmt.Sprintf("-%d", same+1)
	}
	return s
}

func (s *silentJob) jobKey(name string) limnograph.JobKey {
	return limnograph.JobKey{AccountID: s.account, Region: s.region, JobName: name}
}

// hasName reports whether the job is, or at some time was, called so.
func (s *silentJob) hasName(name string) bool {
	if s.kind != kindTemporary {
		return name == s.name
	}
	_, ok := s.blockOf(name)
	return ok
}

// truths are the jobs that exist at some time in [from, until): one, or the temporary ones.
func (s *silentJob) truths(from, until time.Time) (all []JobTruth) {
	if s.kind != kindTemporary {
		source := source{key: fold(s.key, controlKey)}
		created := epochOfJobs().Add(time.Duration(source.within(0, 300*day)) * time.Second)
		return []JobTruth{s.truth(s.name, created)}
	}
	for b := floorDiv(from.Unix(), temporaryEvery); b*temporaryEvery < until.Unix(); b++ {
		life := s.temporary(b)
		t := s.truth(life.name, life.created)
		t.DeletedAt = life.deleted
		all = append(all, t)
	}
	return all
}

func (s *silentJob) truth(name string, created time.Time) JobTruth {
	t := JobTruth{
		Silence: s.silence, Mode: "SCRIPT", PythonVersion: "3", Role: roleOf(s.account), Queueing: s.queueing(), NotifyAfter: s.notifyAfter(),
	}
	t.Job = limnograph.Job{
		JobKey: s.jobKey(name), Exists: true, Type: s.jobType, GlueVersion: s.version, WorkerType: s.workerType,
		MaxCapacity: fraction(s.capacity), TimeoutMin: whole(s.timeoutMin), MaxRetries: whole(1), MaxConcurrent: whole(2),
		ScriptLocation: scriptOf(s.region, name), Tags: tagsOf(strings.TrimSuffix(name, "-report"), "other", s.key),
		CreatedAt: created, ModifiedAt: created, Arguments: defaultArguments(s.region, name, s.key),
	}
	for k, v := range s.arguments {
		t.Arguments[k] = v
	}
	no, metrics, observed := false, s.arguments["--enable-metrics"] != "", s.arguments["--enable-observability-metrics"] != ""
	t.AutoScaling, t.Metrics, t.Observability = &no, &metrics, &observed
	if s.jobType == typeShell {
		t.PythonVersion = "3.9"
		return t
	}
	t.ExecutionClass = classStandard
	if s.workers > 0 {
		t.Workers = whole(s.workers)
	}
	return t
}

// queueing is on where runs wait.
func (s *silentJob) queueing() bool { return s.silence == SilentOff && s.kind != kindTemporary }

func (s *silentJob) notifyAfter() int64 {
	if s.silence == SilentNoContext {
		return 2
	}
	return 0
}

// temporaryEvery is how often a temporary job is created, in seconds.
const temporaryEvery = 2 * day

// temporaryJob is one of the jobs that come and go.
type temporaryJob struct {
	name             string
	created, deleted time.Time
}

func (s *silentJob) temporary(block int64) temporaryJob {
	draw := source{key: fold(fold(s.key, keyTemporary), uint64(block))}
	created := time.Unix(block*temporaryEvery+int64(draw.within(2*hour, 8*hour)), 0).UTC()
	return temporaryJob{
		name:    s.name + "-" + time.Unix(block*temporaryEvery, 0).UTC().Format(time.DateOnly),
		created: created, deleted: created.Add(time.Duration(draw.within(24*hour, 32*hour)) * time.Second),
	}
}

// blockOf finds the temporary job of a name.
func (s *silentJob) blockOf(name string) (block int64, ok bool) {
	date, ok := strings.CutPrefix(name, s.name+"-")
	at, err := time.Parse(time.DateOnly, date)
	if !ok || err != nil || floorDiv(at.Unix(), temporaryEvery)*temporaryEvery != at.Unix() {
		return 0, false
	}
	return floorDiv(at.Unix(), temporaryEvery), true
}
