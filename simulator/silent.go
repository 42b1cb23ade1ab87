package simulator

import (
	"fmt"
	"strings"
	"time"

	"limnograph"
)

// silentKinds is how many kinds of silent jobs there are. A fleet has one of each, then the same again in the next account,
// and under other names once every account has them.
const silentKinds = 8

// kindTemporary is the kind of jobs that come and go: every two days one is created, and deleted a day later.
const kindTemporary = silentKinds - 1

// silentJob is a job that the stream never tells of.
type silentJob struct {
	silentKind
	key             uint64
	kind            int
	account, region string
}

// silentKind is what all silent jobs of a kind have in common.
type silentKind struct {
	name       string
	silence    Silence
	jobType    string
	version    string
	workerType string // empty: capacity alone
	workers    int64
	capacity   float64
	timeoutMin int64
	period     int64 // seconds between two runs; 0: it never runs
	seconds    [2]int
	starting   [2]int
	fates      []limnograph.RunState // of the runs, one after the other, and again from the first
	arguments  map[string]string
}

func kindOf(i int) silentKind {
	const (
		ok, failed, stopped = limnograph.RunSucceeded, limnograph.RunFailed, limnograph.RunStopped
		timeout, broken     = limnograph.RunTimeout, limnograph.RunError
		expired, dequeued   = limnograph.RunExpired, limnograph.RunWaiting // stopped while it was WAITING
	)
	observed := map[string]string{"--enable-observability-metrics": "true"}
	quick, slow := [2]int{10, 40}, [2]int{240, 540}
	type fates = []limnograph.RunState
	return [silentKinds]silentKind{
		{"vendor-prices-fetch", SilentShell, typeShell, "3.0", "", 0, 0.0625, 30, 2 * hour, [2]int{15, 200}, quick, fates{ok, ok, ok, failed}, nil},
		{"finance-close-report", SilentOff, typeSpark, "4.0", "G.1X", 5, 5, 60, 3 * hour, [2]int{120, 900}, quick, fates{ok, dequeued, ok, expired, stopped, ok}, nil},
		{"legacy-crm-export", SilentVersion, typeSpark, "2.0", "G.1X", 5, 5, 30, 6 * hour, [2]int{200, 1500}, quick, fates{ok, timeout, ok, failed}, observed},
		{"spark-sql-adhoc", SilentNoContext, typeSpark, "5.0", "G.2X", 4, 8, 120, 4 * hour, [2]int{60, 700}, quick, fates{ok, ok, failed, ok, stopped}, map[string]string{"--enable-metrics": "true"}},
		{"quarterly-archive", SilentUnstarted, typeSpark, "5.1", "G.1X", 10, 10, 480, 0, [2]int{}, quick, nil, map[string]string{"--enable-metrics": "true"}},
		{"legacy-ledger-dump", SilentVersion, typeSpark, "1.0", "Standard", 10, 10, 45, 8 * hour, [2]int{600, 2400}, slow, fates{ok, broken, ok, timeout}, observed},
		{"partner-file-drop", SilentShell, typeShell, "3.0", "", 0, 1, 15, hour, [2]int{10, 300}, quick, fates{ok, ok, stopped, ok, timeout}, nil},
		{"backfill", SilentOff, typeSpark, "5.0", "G.1X", 3, 3, 60, 4 * hour, [2]int{90, 600}, quick, fates{ok, ok, failed}, nil},
	}[i]
}

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
	if s.kind == 3 {
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
