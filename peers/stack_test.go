//go:build peers

package peers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/aws/s3"
	"limnograph/aws/sqs"
	"limnograph/peers/lambdaruntime"
	"limnograph/peers/servers"
)

// stack is Limnograph in MiniStack, as `limno deploy` makes it.
type stack struct {
	t      *testing.T
	server *servers.Server
	env    []string
	name   string
	bucket string
	store  *s3.Store
	cat    *glue.Catalog
}

// newStack names a stack that does not exist yet. Metric streams are what MiniStack lacks.
func newStack(t *testing.T, server *servers.Server) *stack {
	t.Helper()
	s := &stack{t: t, server: server, env: server.Environment(t), name: servers.Name(t)}
	s.bucket = strings.Join([]string{s.name, server.AccountID, server.Region}, "-")
	s.store = s3.New(server.SDK(t), s3.Location{Bucket: s.bucket}, s3.Config{PathStyle: true})
	s.cat = glue.New(server.SDK(t), glue.Config{Database: s.database(), Root: "s3://" + s.bucket})
	return s
}

func (s *stack) database() string { return strings.ReplaceAll(s.name, "-", "_") }

// deployArgs are the arguments of `limno deploy` for this stack.
func (s *stack) deployArgs(more ...string) []string {
	return append([]string{
		"deploy", "--name", s.name, "--endpoint-url", s.server.URL, "--lambda", lambdaruntime.Build(s.t), "--without", "metric-stream",
		"--parameter", "DatabaseName=" + s.database(),
	}, more...)
}

func (s *stack) deploy(more ...string) string { return limno(s.t, s.env, s.deployArgs(more...)...) }

func (s *stack) undeploy(more ...string) string {
	return limno(s.t, s.env, append([]string{"undeploy", "--name", s.name, "--endpoint-url", s.server.URL}, more...)...)
}

// refused runs a command that must fail and returns what it said.
func (s *stack) refused(args ...string) string {
	s.t.Helper()
	out, err := limnoCommand(s.t, s.env, args...).CombinedOutput()
	if err == nil {
		s.t.Errorf("limno %s succeeded:\n%s", strings.Join(args, " "), out)
	}
	return string(out)
}

// aws asks with the aws command and reads its JSON answer into v, which may be nil.
func (s *stack) aws(v any, args ...string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), servers.Program(s.t, "ministack", "aws"), append(args, "--output", "json")...)
	cmd.Env = s.env
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	if v != nil {
		if err := json.Unmarshal(out, v); err != nil {
			s.t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func (s *stack) put(key, content string) {
	s.t.Helper()
	if _, err := s.store.Put(s.t.Context(), key, strings.NewReader(content), limnograph.PutOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

// awaitPartitions waits until a table has the partitions of the keys.
func (s *stack) awaitPartitions(table string, keys ...string) {
	s.t.Helper()
	want := folders(keys)
	got := await(s.t, func(ctx context.Context) (found []string, right bool) {
		parts, err := s.cat.Partitions(ctx, table)
		if err != nil && limnograph.ErrorCode(err) != limnograph.CodeNotFound {
			s.t.Fatal(err)
		}
		for _, p := range parts {
			found = append(found, p.Sender+p.Hour.UTC().Format("/2006/01/02/15"))
		}
		slices.Sort(found)
		return found, len(found) >= len(want)
	})
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("partitions of %s (-want +got):\n%s\n%s", table, diff, tail(s.server.Log()))
	}
}

// folders are the partitions that keys name, as sender/yyyy/MM/dd/HH.
func folders(keys []string) (list []string) {
	trim := strings.NewReplacer("sender=", "", "year=", "", "month=", "", "day=", "", "hour=", "")
	for _, key := range keys {
		list = append(list, trim.Replace(strings.Join(strings.Split(key, "/")[3:8], "/")))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func tail(log string) string { return log[max(0, len(log)-3000):] }

// The whole life of a stack by the real binary: created, it carries objects of the simulator to tables and partitions, of
// two namespaces; the same deployment again changes nothing, another parameter is an update; removed, it leaves the data; a
// new stack takes the data over and goes on.
func TestStackLivesAndLeavesTheData(t *testing.T) {
	s := newStack(t, pool.MiniStack(t, servers.MiniStackOptions{}))
	ebs := filepath.Join(t.TempDir(), "ebs.yaml")
	write(t, ebs, "namespace: AWS/EBS\ndimensions: [VolumeId]\n")
	out := s.deploy("--schema", ebs, "--alarm-email", "nobody@example.com", "--tag", "owner=data")
	if !strings.Contains(out, "stack "+s.name+" is created") || !strings.Contains(out, "s3://"+s.bucket+"/") {
		t.Errorf("deploy printed:\n%s", out)
	}

	h := simulate(t, 4, firstDay, firstDay.Add(3*time.Hour))
	var keys []string
	for _, f := range h.files {
		text, err := os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(f.Key)))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, f.Key)
		s.put(f.Key, string(text))
	}
	s.awaitPartitions("glue_metrics", keys...)
	s.put(landed("ebs_metrics", 7, 1), "x")
	s.awaitPartitions("ebs_metrics", landed("ebs_metrics", 7, 1))
	s.expectView("glue_metrics")

	if out := s.deploy("--schema", ebs); !strings.Contains(out, "is unchanged") {
		t.Errorf("the same deployment again printed:\n%s", out)
	}
	if out := s.deploy("--schema", ebs, "--parameter", "LogRetentionDays=7"); !strings.Contains(out, "is updated") {
		t.Errorf("another parameter printed:\n%s", out)
	}
	s.expectLogsKept(7)
	s.expectKept("AlarmEmail", "nobody@example.com")

	if out := s.undeploy(); !strings.Contains(out, "bucket "+s.bucket+" stays") {
		t.Errorf("undeploy printed:\n%s", out)
	}
	if _, err := s.store.Stat(t.Context(), keys[0]); err != nil {
		t.Errorf("the data is gone: %v", err)
	}
	s.awaitPartitions("glue_metrics", keys...)
	if out := s.refused(s.deployArgs()...); !strings.Contains(out, "--take-over") {
		t.Errorf("a bucket that is there already was met with:\n%s", out)
	}
	s.deploy("--take-over")
	later := strings.Replace(keys[0], "hour=00", "hour=23", 1)
	s.put(later, "x")
	s.awaitPartitions("glue_metrics", append(keys, later)...)
}

func (s *stack) expectView(table string) {
	s.t.Helper()
	var view struct {
		Table struct{ TableType string }
	}
	s.aws(&view, "glue", "get-table", "--database-name", s.database(), "--name", "raw_"+table+"_flat")
	if view.Table.TableType != "VIRTUAL_VIEW" {
		s.t.Errorf("raw_%s_flat is a %q", table, view.Table.TableType)
	}
}

func (s *stack) expectLogsKept(days int) {
	s.t.Helper()
	var groups struct {
		LogGroups []struct {
			RetentionInDays int `json:"retentionInDays"`
		} `json:"logGroups"`
	}
	s.aws(&groups, "logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda/"+s.name+"-catalog")
	if len(groups.LogGroups) != 1 || groups.LogGroups[0].RetentionInDays != days {
		s.t.Errorf("log groups %+v, want one kept for %d days", groups.LogGroups, days)
	}
}

// expectKept sees that an update left a parameter as it was.
func (s *stack) expectKept(parameter, want string) {
	s.t.Helper()
	var answer struct {
		Stacks []struct {
			Parameters []struct{ ParameterKey, ParameterValue string }
		}
	}
	s.aws(&answer, "cloudformation", "describe-stacks", "--stack-name", s.name)
	for _, p := range answer.Stacks[0].Parameters {
		if p.ParameterKey == parameter && p.ParameterValue == want {
			return
		}
	}
	s.t.Errorf("parameter %s is not %q any more: %+v", parameter, want, answer.Stacks[0].Parameters)
}

// With --delete-data nothing of the stack's data is left, and only with the bucket's name as confirmation.
func TestUndeployDeletesDataWhenToldTwice(t *testing.T) {
	s := newStack(t, pool.MiniStack(t, servers.MiniStackOptions{}))
	s.deploy(s.schemas(6)...)
	if n := s.templates(); n != 1 {
		t.Errorf("%d templates were uploaded: that of seven streams is too large to travel with the call", n)
	}
	s.put(landed("glue_metrics", 5, 1), "x")
	s.awaitPartitions("glue_metrics", landed("glue_metrics", 5, 1))
	args := []string{"undeploy", "--name", s.name, "--endpoint-url", s.server.URL, "--delete-data"}
	if out := s.refused(args...); !strings.Contains(out, "--confirm "+s.bucket) {
		t.Errorf("without confirmation:\n%s", out)
	}
	s.undeploy("--delete-data", "--confirm", s.bucket)
	var buckets struct{ Buckets []struct{ Name string } }
	s.aws(&buckets, "s3api", "list-buckets")
	for _, b := range buckets.Buckets {
		if b.Name == s.bucket {
			t.Errorf("bucket %s is still there", s.bucket)
		}
	}
	var databases struct{ DatabaseList []struct{ Name string } }
	s.aws(&databases, "glue", "get-databases")
	for _, d := range databases.DatabaseList {
		if d.Name == s.database() {
			t.Errorf("database %s is still there", d.Name)
		}
	}
	if out := s.refused("undeploy", "--name", s.name, "--endpoint-url", s.server.URL); !strings.Contains(out, "there is no stack") {
		t.Errorf("a second time:\n%s", out)
	}
}

// schemas are the flags of further schema definitions.
func (s *stack) schemas(n int) (flags []string) {
	dir := s.t.TempDir()
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("%d.yaml", i))
		write(s.t, path, fmt.Sprintf("namespace: Own/N%d\ntable: own_%c_metrics\n", i, 'a'+i))
		flags = append(flags, "--schema", path)
	}
	return flags
}

// templates counts those in the bucket of the code.
func (s *stack) templates() (n int) {
	s.t.Helper()
	code := strings.Join([]string{s.name, "artifacts", s.server.AccountID, s.server.Region}, "-")
	store := s3.New(s.server.SDK(s.t), s3.Location{Bucket: code}, s3.Config{PathStyle: true})
	for _, err := range store.List(s.t.Context(), "templates/", "") {
		if err != nil {
			s.t.Fatal(err)
		}
		n++
	}
	return n
}

// An alarm of the stack reaches who is subscribed to its topic.
func TestAlarmsReachTheTopic(t *testing.T) {
	s := newStack(t, pool.MiniStack(t, servers.MiniStackOptions{}))
	s.deploy()
	topic := "arn:aws:sns:" + s.server.Region + ":" + s.server.AccountID + ":" + s.name + "-alarms"
	var alarms struct {
		MetricAlarms []struct {
			AlarmName               string
			AlarmActions, OKActions []string
		}
	}
	s.aws(&alarms, "cloudwatch", "describe-alarms", "--alarm-name-prefix", s.name+"-")
	var names []string
	for _, a := range alarms.MetricAlarms {
		names = append(names, strings.TrimPrefix(a.AlarmName, s.name+"-"))
		if !slices.Equal(a.AlarmActions, []string{topic}) || !slices.Equal(a.OKActions, []string{topic}) {
			t.Errorf("alarm %s tells %q and %q", a.AlarmName, a.AlarmActions, a.OKActions)
		}
	}
	slices.Sort(names)
	want := []string{"catalog-errors", "collect-errors", "dead-letters", "glue_metrics-late", "glue_metrics-silent", "oldest-message", "reconcile-errors"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	box := s.subscribe(topic)
	s.aws(nil, "cloudwatch", "set-alarm-state", "--alarm-name", s.name+"-dead-letters", "--state-value", "ALARM", "--state-reason", "test")
	told := await(t, func(ctx context.Context) (body string, right bool) {
		messages, err := box.Receive(ctx, 1, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) > 0 {
			body = messages[0].Body
		}
		return body, body != ""
	})
	if !strings.Contains(told, s.name+"-dead-letters") {
		t.Errorf("the subscriber was told %q", told)
	}
}

// subscribe returns a queue that gets what is published to the topic.
func (s *stack) subscribe(topic string) *sqs.Queue {
	s.t.Helper()
	made, err := sdksqs.NewFromConfig(s.server.SDK(s.t)).CreateQueue(s.t.Context(), &sdksqs.CreateQueueInput{QueueName: aws.String(s.name + "-box")})
	if err != nil {
		s.t.Fatal(err)
	}
	s.aws(nil, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs",
		"--notification-endpoint", "arn:aws:sqs:"+s.server.Region+":"+s.server.AccountID+":"+s.name+"-box")
	return sqs.New(s.server.SDK(s.t), aws.ToString(made.QueueUrl), sqs.Config{})
}
