//go:build peers

package peers_test

import (
	"bytes"
	_ "embed" // for the client in Python
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"limnograph"
	"limnograph/peers/servers"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

//go:embed glueclient.py
var glueClientScript string

// gluePeer is a server of the simulated Glue API, and what is true of the runs that it knows.
type gluePeer struct {
	fleet  *simulator.Fleet
	server *glueapi.Server
	url    string
	from   time.Time
}

func startGlue(t *testing.T, cfg glueapi.Config) *gluePeer {
	t.Helper()
	f, err := simulator.NewFleet(simulator.Config{Jobs: 12, Accounts: 2})
	must(t, err)
	p := &gluePeer{fleet: f, from: time.Now().AddDate(0, 0, -2)}
	cfg.From, cfg.ExternalID, cfg.RequireRole = p.from, "peers", true
	p.server, err = glueapi.New(f, cfg)
	must(t, err)
	listener := httptest.NewServer(p.server)
	t.Cleanup(listener.Close)
	p.url = listener.URL
	return p
}

// places are the accounts with their Regions.
func (p *gluePeer) places() (all []string) {
	for _, j := range p.fleet.Jobs() {
		if place := j.AccountID + "/" + j.Region; !slices.Contains(all, place) {
			all = append(all, place)
		}
	}
	return all
}

// TestGlueAPIOnBotocore drives every operation with boto3; each answer is as botocore's model of the service says, and the
// runs that it lists are those of the ledger.
func TestGlueAPIOnBotocore(t *testing.T) {
	p := startGlue(t, glueapi.Config{})
	asked := time.Now()
	var out struct {
		Hub  string
		Seen map[string]struct {
			Jobs []string
			Runs map[string][]any
			Ends map[string][]string
		}
		Calls, Errors map[string]int
		Problems      []string
	}
	must(t, json.Unmarshal(p.python(t), &out))
	for _, problem := range out.Problems {
		t.Error(problem)
	}
	if out.Hub != p.fleet.HubAccount() || len(out.Seen) != 2 {
		t.Errorf("the hub is %s, %d accounts", out.Hub, len(out.Seen))
	}
	listed := 0
	for _, r := range p.fleet.RunLedger(p.from, asked) {
		got, there := out.Seen[r.AccountID].Runs[r.RunID]
		if _, exists := p.fleet.Job(r.JobKey, asked); !exists && !there {
			continue // its job was deleted, and its runs with it
		}
		listed++
		if want, _ := r.At(asked); !there || got[0] != r.JobName || want.State.IsTerminal() && got[1] != string(want.State) || got[2] != float64(*r.Attempt) ||
			got[5] != float64(r.StartedAt.UnixMilli()) {
			t.Errorf("%s of %s is listed as %v, the ledger says %+v", r.RunID, r.JobName, got, want)
		}
	}
	for account, seen := range out.Seen {
		if want := map[string][]string{
			"SUCCEEDED": {"SUCCEEDED"}, "FAILED,SUCCEEDED": {"FAILED"}, "retry": {"SUCCEEDED"}, "TIMEOUT": {"TIMEOUT"}, "ERROR": {"ERROR"},
			"EXPIRED": {"EXPIRED"}, "stopped": {"STOPPED"}, "queued": {"STOPPED"},
		}; len(seen.Ends) != len(want) {
			t.Errorf("%s: ends %v", account, seen.Ends)
		} else {
			for name, end := range want {
				if states := seen.Ends[name]; states[len(states)-1] != end[0] || name != "stopped" && name != "queued" && !slices.Contains(states, "RUNNING") {
					t.Errorf("%s: a run that was to end %s went through %v", account, name, states)
				}
			}
		}
	}
	for _, op := range []string{
		"ListJobs", "GetJobs", "GetJob", "BatchGetJobs", "GetTags", "TagResource", "UntagResource", "CreateJob", "UpdateJob",
		"DeleteJob", "StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun", "AssumeRole", "GetCallerIdentity",
	} {
		if out.Calls[op] == 0 || out.Calls[op] != p.server.Calls()[op] {
			t.Errorf("%s: %d calls by the client, %d at the server", op, out.Calls[op], p.server.Calls()[op])
		}
	}
	t.Logf("%d runs of the ledger listed; calls %v; errors %v", listed, out.Calls, out.Errors)
}

func (p *gluePeer) python(t *testing.T) []byte {
	t.Helper()
	script := filepath.Join(t.TempDir(), "glueclient.py")
	must(t, os.WriteFile(script, []byte(glueClientScript), 0o600))
	cmd := exec.CommandContext(t.Context(), servers.Program(t, "aws", "../py-moto/bin/python"), append([]string{script, p.url}, p.places()...)...)
	cmd.Env = []string{"AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(), "PYTHONDONTWRITEBYTECODE=1"}
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, failed.String())
	}
	return out
}

// sdk is the configuration of a client of the API in the first account, by its role.
func (p *gluePeer) sdk(t *testing.T) aws.Config {
	t.Helper()
	job := p.fleet.Jobs()[0]
	cfg := aws.Config{
		Region: job.Region, BaseEndpoint: aws.String(p.url), HTTPClient: servers.LoopbackClient(t),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		Retryer:     func() aws.Retryer { return retry.NewAdaptiveMode() },
	}
	role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+job.AccountID+":role/limno-reader", func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID = aws.String("peers")
	})
	cfg.Credentials = aws.NewCredentialsCache(role)
	return cfg
}

// TestGlueAPIOnGoSDK drives the API with the SDK that the product uses, through throttling and failures.
func TestGlueAPIOnGoSDK(t *testing.T) {
	p := startGlue(t, glueapi.Config{Faults: glueapi.Faults{Throttled: 0.05, Failed: 0.03, Cut: 0.02}})
	client, job := glue.NewFromConfig(p.sdk(t)), p.fleet.Jobs()[0]
	asked := time.Now()
	pages := glue.NewGetJobRunsPaginator(client, &glue.GetJobRunsInput{JobName: aws.String(job.Name), MaxResults: aws.Int32(20)})
	got := map[string]types.JobRun{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		for _, r := range page.JobRuns {
			got[aws.ToString(r.Id)] = r
		}
	}
	key := limnograph.JobKey{AccountID: job.AccountID, Region: job.Region, JobName: job.Name}
	for _, r := range p.fleet.JobRuns(key, p.from, asked) {
		have, there := got[r.RunID]
		want, _ := r.At(asked)
		if !there || !have.StartedOn.Equal(want.StartedAt) || want.State.IsTerminal() &&
			(have.JobRunState != types.JobRunState(want.State) || !have.CompletedOn.Equal(want.CompletedAt) || int64(have.ExecutionTime) != *want.ExecutionS) {
			t.Errorf("%s is listed as %+v, the ledger says %+v", r.RunID, have, want)
		}
	}
	if len(got) < 20 {
		t.Errorf("%d runs are listed", len(got))
	}
	started, err := client.StartJobRun(t.Context(), &glue.StartJobRunInput{JobName: aws.String(job.Name), Arguments: map[string]string{"--end_state": "FAILED", "--run_seconds": "0.1"}})
	must(t, err)
	for {
		r, err := client.GetJobRun(t.Context(), &glue.GetJobRunInput{JobName: aws.String(job.Name), RunId: started.JobRunId})
		must(t, err)
		if r.JobRun.JobRunState == types.JobRunStateFailed {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	var missing *types.EntityNotFoundException
	if _, err := client.GetJob(t.Context(), &glue.GetJobInput{JobName: aws.String("nobody")}); !errors.As(err, &missing) || missing.ErrorMessage() == "" {
		t.Errorf("a job that is not there: %v", err)
	}
	jobs, err := client.GetJobs(t.Context(), &glue.GetJobsInput{})
	must(t, err)
	if len(jobs.Jobs) == 0 || jobs.Jobs[0].CreatedOn == nil || jobs.Jobs[0].Command == nil {
		t.Errorf("%d jobs", len(jobs.Jobs))
	}
}

// TestGlueAPIOnCommand asks with the aws command.
func TestGlueAPIOnCommand(t *testing.T) {
	p := startGlue(t, glueapi.Config{})
	job := p.fleet.Jobs()[0]
	ask := func(env []string, out any, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), servers.Program(t, "ministack", "aws"), append(args, "--endpoint-url", p.url, "--region", job.Region, "--output", "json")...)
		cmd.Env = append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true"}, env...)
		var failed bytes.Buffer
		cmd.Stderr = &failed
		text, err := cmd.Output()
		if err != nil {
			t.Fatalf("aws %v: %v\n%s", args, err, failed.String())
		}
		must(t, json.Unmarshal(text, out))
	}
	var role struct {
		Credentials struct {
			AccessKeyID                   string `json:"AccessKeyId"`
			SecretAccessKey, SessionToken string
		}
	}
	ask([]string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}, &role, "sts", "assume-role",
		"--role-arn", "arn:aws:iam::"+job.AccountID+":role/limno-reader", "--role-session-name", "peers", "--external-id", "peers")
	as := []string{
		"AWS_ACCESS_KEY_ID=" + role.Credentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + role.Credentials.SecretAccessKey,
		"AWS_SESSION_TOKEN=" + role.Credentials.SessionToken,
	}
	var identity struct{ Account string }
	ask(as, &identity, "sts", "get-caller-identity")
	var runs struct {
		JobRuns []struct{ JobRunState string }
	}
	ask(as, &runs, "glue", "get-job-runs", "--job-name", job.Name)
	asked := time.Now()
	want := p.fleet.JobRuns(limnograph.JobKey{AccountID: job.AccountID, Region: job.Region, JobName: job.Name}, p.from, asked)
	if identity.Account != job.AccountID || len(want)-len(runs.JobRuns) > 1 || len(runs.JobRuns) < 20 {
		t.Errorf("in account %s %d runs, the ledger says %d", identity.Account, len(runs.JobRuns), len(want))
	}
}
