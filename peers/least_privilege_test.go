//go:build peers

package peers_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"limnograph/peers/lambdaruntime"
	"limnograph/peers/servers"
)

// uncheckable are the actions of the template's roles that the emulator can't hold anybody to, and why. Each action of a
// role is either here, or is shown to be needed and used below.
func uncheckable() map[string]string {
	return map[string]string{
		"kms:Decrypt":                            "the statement is left out of a stack without a key, and nothing is encrypted",
		"kms:GenerateDataKey":                    "the statement is left out of a stack without a key, and nothing is encrypted",
		"firehose:PutRecord":                     "there are no metric streams",
		"firehose:PutRecordBatch":                "there are no metric streams",
		"catalog s3:ListBucket":                  "a missing object is a 404 there to everybody; on AWS only to who may list",
		"collect s3:ListBucket":                  "a missing object is a 404 there to everybody; on AWS only to who may list",
		"collect cloudwatch:PutMetricData":       "conditions on the namespace deny everything there: it does not tell IAM the namespace",
		"collect glue:GetTags":                   "asked for no resource there; on AWS for the job",
		"firehose logs:PutLogEvents":             "asked for the log group there; on AWS for the log stream, which is all that is allowed",
		"firehose s3:ListBucket":                 "what Firehose itself calls is not known; AWS's guide names the action",
		"firehose s3:GetBucketLocation":          "what Firehose itself calls is not known; AWS's guide names the action",
		"firehose s3:ListBucketMultipartUploads": "what Firehose itself calls is not known; AWS's guide names the action",
	}
}

// The whole road works while IAM policies are enforced: S3 may notify the queue, and the function, which has the
// credentials of its role from the emulator, makes table, view and partition.
func TestRoadUnderEnforcedPolicies(t *testing.T) {
	g := newGuarded(t)
	g.put(landed("glue_metrics", 3, 1), "x")
	g.awaitPartitions("glue_metrics", landed("glue_metrics", 3, 1))
	g.expectView("glue_metrics")
}

// Each action of the functions' roles is needed: without any single one the work of the function, done by the real program
// with credentials of the role, or the part that Lambda itself plays, fails. With all of them it succeeds, and what was
// called is what the role allows.
func TestEachActionIsNeededAndUsed(t *testing.T) {
	g := newGuarded(t)
	for _, c := range []struct {
		role string // logical name
		work func(p *part) []string
	}{
		{"CatalogRole", (*part).catalog},
		{"ReconcileRole", (*part).reconcile},
		{"CollectRole", (*part).collect},
		{"GlueMetricsFirehoseRole", (*part).deliver},
	} {
		t.Run(c.role, func(t *testing.T) {
			p := g.part(t, c.role)
			if failed := c.work(p); len(failed) > 0 {
				t.Fatalf("with every action:\n%s", strings.Join(failed, "\n"))
			}
			p.expectCalls()
			for _, action := range p.actions() {
				if p.uncheckable(action) != "" {
					continue
				}
				p.without(action, func() {
					if failed := c.work(p); len(failed) == 0 {
						t.Errorf("nothing fails without %s", action)
					}
				})
			}
		})
	}
}

// Reading another database, deleting a table, deleting an object, writing another table's objects: nothing of it is allowed.
func TestRolesReachNothingElse(t *testing.T) {
	g := newGuarded(t)
	g.put(landed("glue_metrics", 3, 1), "x")
	g.awaitPartitions("glue_metrics", landed("glue_metrics", 3, 1))
	object := "s3://" + g.bucket + "/" + landed("glue_metrics", 3, 1)
	for _, role := range []string{"CatalogRole", "ReconcileRole"} {
		p := g.part(t, role)
		for _, args := range [][]string{
			{"glue", "get-table", "--database-name", "other", "--name", "raw_glue_metrics"},
			{"glue", "delete-table", "--database-name", g.database(), "--name", "raw_glue_metrics"},
			{"glue", "delete-database", "--name", g.database()},
			{"s3", "rm", object},
			{"s3", "cp", object, "s3://" + g.bucket + "/schemas/glue_metrics.yaml"},
			{"s3api", "list-objects-v2", "--bucket", g.bucket, "--prefix", "errors/"},
			{"s3api", "get-object", "--bucket", g.bucket, "--key", "errors/x", os.DevNull},
			{"sqs", "send-message", "--queue-url", g.queueURL(), "--message-body", "x", "--endpoint-url", g.server.URL},
		} {
			p.expectDenied(args...)
		}
	}
	g.part(t, "CollectRole").expectReadsRunsOnly(object)
	p := g.part(t, "GlueMetricsFirehoseRole")
	for _, key := range []string{landed("ebs_metrics", 3, 1), "schemas/glue_metrics.yaml", "errors/ebs_metrics/x"} {
		p.expectDenied("s3api", "put-object", "--bucket", g.bucket, "--key", key)
	}
	p.expectDenied("s3api", "get-object", "--bucket", g.bucket, "--key", landed("glue_metrics", 3, 1), os.DevNull)
}

// catalog is everything that the catalogue function ever does: a new table without a stored definition and one with, a
// second hour, a definition that has grown, an object that is gone. Before and after come the parts that Lambda plays: it
// takes the message from the queue, and writes the log.
func (p *part) catalog() []string {
	p.reset()
	p.g.put("schemas/ebs_metrics.yaml", "namespace: AWS/EBS\n")
	p.g.put(landed("ebs_metrics", 1, 1), "x")
	p.g.put(landed("ebs_metrics", 2, 2), "x")
	p.g.put(landed("glue_metrics", 1, 1), "x")
	return firstFailure(
		p.pollQueue,
		func() []string {
			return p.invoke("catalog", p.g.event(landed("ebs_metrics", 1, 1), landed("glue_metrics", 1, 1)))
		},
		func() []string {
			p.g.put("schemas/ebs_metrics.yaml", "namespace: AWS/EBS\ndimensions: [VolumeId]\n")
			return p.invoke("catalog", p.g.event(landed("ebs_metrics", 2, 2), landed("glue_metrics", 9, 9)))
		},
		func() []string { return p.writeLog("/aws/lambda/" + p.g.name + "-catalog") },
	)
}

// reconcile finds the objects of the present hour by listing, twice: the definition grows in between.
func (p *part) reconcile() []string {
	p.reset()
	now := time.Now().UTC()
	key := func(table string) string {
		return strings.Replace(landed(table, 0, 1), "year=2026/month=11/day=24/hour=00", now.Format("year=2006/month=01/day=02/hour=15"), 1)
	}
	p.g.put("schemas/ebs_metrics.yaml", "namespace: AWS/EBS\n")
	p.g.put(key("ebs_metrics"), "x")
	p.g.put(key("glue_metrics"), "x")
	return firstFailure(
		func() []string { return p.invoke("reconcile", map[string]string{}) },
		func() []string {
			p.g.put("schemas/ebs_metrics.yaml", "namespace: AWS/EBS\ndimensions: [VolumeId]\n")
			return p.invoke("reconcile", map[string]string{})
		},
		func() []string { return p.writeLog("/aws/lambda/" + p.g.name + "-reconcile") },
	)
}

// collect asks about a run, then looks for runs twice: the second search reads the state of the first one. Metrics are not
// published and tags not read, which the emulator can't allow.
func (p *part) collect() []string {
	p.reset()
	run := p.startRun()
	return firstFailure(
		func() []string { return p.invoke("collect", map[string]string{"jobName": p.g.name, "jobRunId": run}) },
		func() []string { return p.invoke("collect", map[string]string{"mode": "schedule"}) },
		func() []string { return p.invoke("collect", map[string]string{"mode": "schedule"}) },
		func() []string { return p.writeLog("/aws/lambda/" + p.g.name + "-collect") },
	)
}

// startRun starts a run of a job of the emulator's own Glue.
func (p *part) startRun() string {
	p.t.Helper()
	var jobs struct{ Jobs []struct{ Name string } }
	p.g.aws(&jobs, "glue", "get-jobs")
	if !slices.ContainsFunc(jobs.Jobs, func(j struct{ Name string }) bool { return j.Name == p.g.name }) {
		p.g.aws(nil, "glue", "create-job", "--name", p.g.name, "--role", "etl", "--command", "Name=glueetl,ScriptLocation=s3://x/y.py")
	}
	var started struct {
		JobRunID string `json:"JobRunId"`
	}
	p.g.aws(&started, "glue", "start-job-run", "--job-name", p.g.name)
	return started.JobRunID
}

// expectReadsRunsOnly tries what a collector has no business with.
func (p *part) expectReadsRunsOnly(object string) {
	p.t.Helper()
	run := p.startRun()
	for _, args := range [][]string{
		{"glue", "start-job-run", "--job-name", p.g.name},
		{"glue", "batch-stop-job-run", "--job-name", p.g.name, "--job-run-ids", run},
		{"glue", "delete-job", "--job-name", p.g.name},
		{"glue", "get-table", "--database-name", p.g.database(), "--name", "raw_glue_metrics"},
		{"cloudwatch", "put-metric-data", "--namespace", "Other", "--metric-name", "x", "--value", "1"},
		{"s3", "rm", object},
		{"s3api", "put-object", "--bucket", p.g.bucket, "--key", "schemas/glue_metrics.yaml"},
		{"s3api", "put-object", "--bucket", p.g.bucket, "--key", landed("ebs_metrics", 3, 1)},
		{"s3api", "get-object", "--bucket", p.g.bucket, "--key", landed("glue_metrics", 3, 1), os.DevNull},
		{"s3api", "list-objects-v2", "--bucket", p.g.bucket, "--prefix", "landing/"},
	} {
		p.expectDenied(args...)
	}
}

// firstFailure goes through steps until one fails.
func firstFailure(steps ...func() []string) []string {
	for _, step := range steps {
		if failed := step(); len(failed) > 0 {
			return failed
		}
	}
	return nil
}

// deliver is Firehose's part as AWS's guide describes it: it writes, and takes back an upload that failed.
func (p *part) deliver() (failed []string) {
	for _, key := range []string{landed("glue_metrics", 5, 5), "errors/glue_metrics/processing-failed/x"} {
		failed = append(failed, p.run("s3api", "put-object", "--bucket", p.g.bucket, "--key", key)...)
	}
	failed = append(failed, p.abortUpload(landed("glue_metrics", 6, 6))...)
	return failed
}

// invoke runs the real program with the role's credentials on one event and says what it could not do.
func (p *part) invoke(mode string, event any) (failed []string) {
	p.t.Helper()
	function := lambdaruntime.Start(p.t, lambdaruntime.Build(p.t), append(p.env(),
		"LIMNO_LAMBDA_MODE="+mode, "LIMNO_DATABASE="+p.g.database(), "LIMNO_LANDING=s3://"+p.g.bucket, "LIMNO_SCHEMAS=s3://"+p.g.bucket+"/schemas",
		"LIMNO_ACCOUNT="+p.g.server.AccountID, "LIMNO_PUBLISH=none", "LIMNO_COLLECT_TAGS=off", "AWS_MAX_ATTEMPTS=1"))
	document, words := function.Invoke(p.t, event, 30*time.Second)
	if words != "" || strings.Contains(string(document), "itemIdentifier") {
		failed = append(failed, fmt.Sprintf("%s: %s %s\n%s", mode, words, document, tail(function.Log())))
	}
	return failed
}

// pollQueue does what Lambda does with the queue under the function's role: watch it, take messages, delete them.
func (p *part) pollQueue() (failed []string) {
	p.t.Helper()
	client, address := sdksqs.NewFromConfig(p.sdk()), aws.String(p.g.queueURL())
	_, watch := client.GetQueueAttributes(p.t.Context(), &sdksqs.GetQueueAttributesInput{QueueUrl: address})
	answer, take := client.ReceiveMessage(p.t.Context(), &sdksqs.ReceiveMessageInput{QueueUrl: address, WaitTimeSeconds: 20})
	receipt := aws.String("none") // good enough to ask whether deleting is allowed
	if take == nil {
		if len(answer.Messages) == 0 {
			p.t.Fatal("the queue has no message to delete")
		}
		receipt = answer.Messages[0].ReceiptHandle
	}
	_, remove := client.DeleteMessage(p.t.Context(), &sdksqs.DeleteMessageInput{QueueUrl: address, ReceiptHandle: receipt})
	for _, err := range []error{watch, take, remove} {
		if err != nil {
			failed = append(failed, err.Error())
		}
	}
	return failed
}

// expectCalls compares what was recorded of the role's sessions with what its policy allows.
func (p *part) expectCalls() {
	p.t.Helper()
	called := p.recorded()
	var allowed []string
	for _, action := range p.actions() {
		if p.uncheckable(action) == "" {
			allowed = append(allowed, action)
		}
	}
	called = slices.DeleteFunc(called, func(action string) bool { return p.uncheckable(action) != "" })
	if diff := cmp.Diff(allowed, called); diff != "" {
		p.t.Errorf("actions of %s (-allowed +called):\n%s", p.role, diff)
	}
}

// event is a batch of the queue about new objects.
func (g *guarded) event(keys ...string) events.SQSEvent {
	var e events.SQSEvent
	for i, key := range keys {
		body := fmt.Sprintf(`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":%q},"object":{"key":%q,"size":1}}}]}`, g.bucket, key)
		e.Records = append(e.Records, events.SQSMessage{MessageId: fmt.Sprint(i), Body: body, EventSource: "aws:sqs"})
	}
	return e
}

// run runs the aws command with the role's credentials and says what failed.
func (p *part) run(args ...string) (failed []string) {
	p.t.Helper()
	if out, err := p.command(args...); err != nil {
		failed = append(failed, fmt.Sprintf("aws %s: %s", strings.Join(args[:2], " "), strings.TrimSpace(out)))
	}
	return failed
}

func (p *part) command(args ...string) (string, error) {
	cmd := exec.CommandContext(p.t.Context(), servers.Program(p.t, "ministack", "aws"), args...)
	cmd.Env = append(p.env(), "AWS_MAX_ATTEMPTS=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p *part) expectDenied(args ...string) {
	p.t.Helper()
	out, err := p.command(args...)
	if denied := strings.Contains(out, "AccessDenied") || strings.Contains(out, "not authorized") || strings.Contains(out, "403"); err == nil || !denied {
		p.t.Errorf("%s: aws %s was not denied: %s", p.role, strings.Join(args, " "), out)
	}
}
