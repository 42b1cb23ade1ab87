package simulator

import (
	"fmt"
	"time"

	"limnograph"
)

// controlKey is the counter below a key from which the control plane draws: what the stream draws stays as it is.
const controlKey = 1 << 40

// What the Glue API spells so.
const (
	logGroup      = "/aws-glue/jobs"
	classStandard = "STANDARD"
	classFlex     = "FLEX"
	typeSpark     = "glueetl"
	typeShell     = "pythonshell"
)

// contract is what the definition of a job of the stream says besides its size.
type contract struct {
	version, mode, class, security string
	queueing                       bool
	timeoutMin, notifyAfter        int64
	created, modified              time.Time
}

// contract draws it. FLEX is for the first layer of what is not hourly: nothing waits for it but its schedule.
func (j *Job) contract() contract {
	s := source{key: fold(j.key, controlKey)}
	c := contract{class: classStandard, mode: []string{"SCRIPT", "SCRIPT", "VISUAL", "NOTEBOOK"}[s.within(0, 3)]}
	c.version = []string{"4.0", "5.0", "5.1"}[s.within(0, 2)]
	if !j.Observability && s.chance(0.5) {
		c.version = "3.0"
	}
	if j.Layer == RawToStaged && j.WorkerType != G4X && j.seconds > 360 && s.chance(0.6) {
		c.class = classFlex
	}
	c.queueing = j.Layer != RawToStaged && s.chance(0.3)
	c.timeoutMin = []int64{150, 180, 480, 2880}[s.within(0, 3)]
	if s.chance(0.35) {
		c.notifyAfter = int64(s.within(1, 8))
	}
	if s.chance(0.2) {
		c.security = "northlake-encrypted"
	}
	c.created = epochOfJobs().Add(time.Duration(s.within(0, 300*day)) * time.Second)
	c.modified = c.created.Add(time.Duration(s.within(60, 60*day)) * time.Second)
	return c
}

// epochOfJobs is when the first job of a fleet was created.
func epochOfJobs() time.Time { return time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC) }

// workers are the executors and the driver.
func (j *Job) workers() int64 { return int64(j.Executors) + 1 }

// capacity is in DPU.
func (j *Job) capacity() float64 { return float64(j.workers() * j.WorkerType.scale()) }

func (j *Job) truthKey() limnograph.JobKey {
	return limnograph.JobKey{AccountID: j.AccountID, Region: j.Region, JobName: j.Name}
}

// truth is what GetJob says of it.
func (j *Job) truth() JobTruth {
	c := j.contract()
	on, observed, scaling := true, j.Observability, j.AutoScaling
	t := JobTruth{Mode: c.mode, PythonVersion: "3", Role: roleOf(j.AccountID), Queueing: c.queueing, NotifyAfter: c.notifyAfter, Security: c.security}
	t.Job = limnograph.Job{
		JobKey: j.truthKey(), Exists: true, Type: typeSpark, GlueVersion: c.version, WorkerType: string(j.WorkerType),
		Workers: whole(j.workers()), MaxCapacity: fraction(j.capacity()), ExecutionClass: c.class,
		TimeoutMin: whole(c.timeoutMin), MaxRetries: whole(1), MaxConcurrent: whole(3), ScriptLocation: scriptOf(j.Region, j.Name),
		AutoScaling: &scaling, Metrics: &on, Observability: &observed, Tags: tagsOf(j.Dataset, j.Layer.String(), j.key),
		CreatedAt: c.created, ModifiedAt: c.modified,
	}
	t.Arguments = defaultArguments(j.Region, j.Name, j.key)
	t.Arguments["--enable-metrics"] = "true"
	if observed {
		t.Arguments["--enable-observability-metrics"] = "true"
	}
	if scaling {
		t.Arguments["--enable-auto-scaling"] = "true"
	}
	t.Arguments["--source_path"], t.Arguments["--target_path"] = j.sources[0], j.sink
	return t
}

func roleOf(account string) string { return "arn:aws:iam::" + account + ":role/northlake-glue" }

func scriptOf(region, job string) string { return location("scripts", region, "glue") + job + ".py" }

// defaultArguments are those of every job: what Glue reads, and a secret that nobody should put there.
func defaultArguments(region, job string, key uint64) map[string]string {
	return map[string]string{
		"--job-language":                     "python",
		"--TempDir":                          location("temp", region, job),
		"--enable-continuous-cloudwatch-log": "true",
		"--db_password":                      secretOf(key),
	}
}

// secretOf is a password that is nobody's.
func secretOf(key uint64) string {
	return fmt.Sprintf("%s-%08x", FakeSecret, uint32(fold(key, controlKey+1)))
}

func tagsOf(dataset, layer string, key uint64) map[string]string {
	teams := [...]string{"commerce", "finance", "growth", "supply", "platform"}
	return map[string]string{
		"env": "prod", "dataset": dataset, "layer": layer, "team": teams[fold(key, controlKey+2)%uint64(len(teams))],
	}
}
