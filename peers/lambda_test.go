//go:build peers

package peers_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/aws/s3"
	"limnograph/aws/sqs"
	"limnograph/objectkey"
	"limnograph/peers/lambdaruntime"
	"limnograph/peers/servers"
)

// chain is the whole road to the catalogue in MiniStack: a bucket that notifies a queue, the function that the queue
// triggers, a dead-letter queue behind it.
type chain struct {
	t      *testing.T
	server *servers.Server
	env    []string
	bucket string
	store  *s3.Store
	cat    *glue.Catalog
	main   *sqs.Queue
	dead   *sqs.Queue
	arn    string // of the main queue
}

const chainRoot = "data"

// newChain makes everything but the notifications. Messages are given up after two attempts of a second.
func newChain(t *testing.T) *chain {
	t.Helper()
	c := &chain{t: t, server: servers.MiniStack(t, servers.MiniStackOptions{})}
	c.env, c.bucket = c.server.Environment(t), c.server.Bucket(t)
	sdk := c.server.SDK(t)
	c.store = s3.New(sdk, s3.Location{Bucket: c.bucket, Prefix: chainRoot}, s3.Config{PathStyle: true})
	database := servers.Database(t)
	c.cat = glue.New(sdk, glue.Config{Database: database, Root: "s3://" + c.bucket + "/" + chainRoot})
	if _, err := c.cat.EnsureDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	deadURL, deadARN := c.queue(nil)
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"2"}`, deadARN)
	mainURL, mainARN := c.queue(map[string]string{"VisibilityTimeout": "1", "RedrivePolicy": policy})
	c.main, c.dead, c.arn = sqs.New(sdk, mainURL, sqs.Config{}), sqs.New(sdk, deadURL, sqs.Config{}), mainARN
	c.function(database)
	return c
}

func (c *chain) queue(attributes map[string]string) (address, arn string) {
	c.t.Helper()
	client := sdksqs.NewFromConfig(c.server.SDK(c.t))
	made, err := client.CreateQueue(c.t.Context(), &sdksqs.CreateQueueInput{QueueName: aws.String(servers.Name(c.t)), Attributes: attributes})
	if err != nil {
		c.t.Fatal(err)
	}
	_, name, _ := strings.Cut(strings.TrimPrefix(*made.QueueUrl, "http://"), "/")
	name = name[strings.LastIndex(name, "/")+1:]
	return *made.QueueUrl, fmt.Sprintf("arn:aws:sqs:%s:%s:%s", c.server.Region, c.server.AccountID, name)
}

// function deploys the archive and its trigger with the aws command.
func (c *chain) function(database string) {
	c.t.Helper()
	name := servers.Name(c.t)
	archive := lambdaruntime.Pack(c.t, lambdaruntime.Build(c.t))
	variables, err := json.Marshal(map[string]any{"Variables": map[string]string{
		"LIMNO_LAMBDA_MODE": "catalog", "LIMNO_DATABASE": database, "LIMNO_LANDING": "s3://" + c.bucket + "/" + chainRoot,
		"LIMNO_SCHEMAS": "s3://" + c.bucket + "/" + chainRoot + "/schemas", "AWS_ENDPOINT_URL": c.server.URL, // MiniStack does not give it to the function by itself
	}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.aws("lambda", "create-function", "--function-name", name, "--runtime", "provided.al2023", "--handler", "bootstrap", "--timeout", "30",
		"--role", "arn:aws:iam::"+c.server.AccountID+":role/limno", "--zip-file", "fileb://"+archive, "--environment", string(variables))
	c.aws("lambda", "create-event-source-mapping", "--function-name", name, "--event-source-arn", c.arn, "--batch-size", "10",
		"--function-response-types", "ReportBatchItemFailures")
}

func (c *chain) aws(args ...string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), servers.Program(c.t, "ministack", "aws"), args...)
	cmd.Env = c.env
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("aws %s: %v\n%s", strings.Join(args[:2], " "), err, out)
	}
}

// notify connects the bucket with the queue; S3 sends its test message then.
func (c *chain) notify() {
	c.t.Helper()
	client := sdks3.NewFromConfig(c.server.SDK(c.t), func(o *sdks3.Options) { o.UsePathStyle = true })
	_, err := client.PutBucketNotificationConfiguration(c.t.Context(), &sdks3.PutBucketNotificationConfigurationInput{
		Bucket: &c.bucket, NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{{
			QueueArn: &c.arn, Events: []s3types.Event{"s3:ObjectCreated:*", "s3:ObjectRemoved:*"},
		}}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *chain) put(key, content string) {
	c.t.Helper()
	if _, err := c.store.Put(c.t.Context(), key, strings.NewReader(content), limnograph.PutOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

// landed is the key of an object as Data Firehose names it.
func landed(table string, hour, n int) string {
	arrival := time.Date(2026, 11, 24, hour, 17, 0, 0, time.UTC)
	return objectkey.Firehose{
		Prefix: objectkey.Folder(table, limnograph.Partition{Sender: "123456789012", Hour: arrival}), Stream: "limno-" + table, Version: "1",
		Arrival: arrival, ID: fmt.Sprintf("7f1c6c1e-7d0b-4b8e-9a62-%012d", n), Extension: ".gz",
	}.Key()
}

// await asks until the answer is right, for a minute at most, and returns the last one.
func await[T any](t *testing.T, ask func(ctx context.Context) (answer T, right bool)) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		answer, right := ask(ctx)
		if right || ctx.Err() != nil {
			return answer
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// hours waits until a table has a number of partitions and returns their hours.
func (c *chain) hours(table string, want int) []int {
	c.t.Helper()
	return await(c.t, func(ctx context.Context) (hours []int, right bool) {
		parts, err := c.cat.Partitions(ctx, table)
		if err != nil && limnograph.ErrorCode(err) != limnograph.CodeNotFound {
			c.t.Fatal(err)
		}
		for _, p := range parts {
			hours = append(hours, p.Hour.Hour())
		}
		return hours, len(hours) >= want
	})
}

// buried waits until the dead-letter queue has a number of messages and takes them.
func (c *chain) buried(want int) (messages []limnograph.Message) {
	c.t.Helper()
	await(c.t, func(ctx context.Context) (none struct{}, right bool) {
		more, err := c.dead.Receive(ctx, 10, time.Second)
		if err != nil {
			c.t.Fatal(err)
		}
		messages = append(messages, more...)
		return none, len(messages) >= want
	})
	return messages
}

// A batch with one of everything goes through S3's own notifications, the queue and the trigger: only the poison comes to
// rest in the dead-letter queue, and a redrive heals it when its cause is gone.
func TestChainBuriesThePoisonAloneAndARedriveHeals(t *testing.T) {
	c := newChain(t)
	c.notify()
	c.put("errors/glue_metrics/processing-failed/2026/11/24/12/limno-1", "x")
	c.put(strings.TrimSuffix(landed("glue_metrics", 9, 1), ".gz")+".parquet", "x")
	c.put(strings.Replace(landed("glue_metrics", 10, 2), "limno-", "limno + =", 1), "x") // encoded in the notification
	c.put(landed("ebs_metrics", 11, 3), "x")                                             // the poison: it has no definition
	c.put(landed("glue_metrics", 12, 4), "x")
	c.put(landed("other_metrics", 13, 5), "x")
	gone := landed("s3_metrics", 14, 6)
	c.put(gone, "x")
	if err := c.store.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	poison := c.buried(1)
	if len(poison) != 1 || !strings.Contains(poison[0].Body, "ebs_metrics") {
		t.Fatalf("%+v is in the dead-letter queue\n%s", poison, c.server.Log())
	}
	if diff := cmp.Diff([][]int{{10, 12}, {13}, nil}, [][]int{c.hours("glue_metrics", 2), c.hours("other_metrics", 1), c.hours("ebs_metrics", 0)}); diff != "" {
		t.Errorf("hours (-want +got):\n%s", diff)
	}
	c.put("schemas/ebs_metrics.yaml", "namespace: AWS/EBS\ndimensions: [VolumeId]\n")
	if err := c.main.Send(t.Context(), []string{poison[0].Body}); err != nil {
		t.Fatal(err)
	}
	if err := c.dead.Delete(t.Context(), poison); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{11}, c.hours("ebs_metrics", 1)); diff != "" {
		t.Errorf("after the redrive (-want +got):\n%s", diff)
	}
}

// What does not come from S3 itself: EventBridge's form, an SNS envelope, two objects in one message, the same message
// again, the test message, and one that nobody can read.
func TestChainReadsEveryForm(t *testing.T) {
	c := newChain(t)
	keys := []string{landed("glue_metrics", 1, 1), landed("glue_metrics", 2, 2), landed("glue_metrics", 3, 3), landed("glue_metrics", 4, 4)}
	for _, key := range keys {
		c.put(key, "x")
	}
	envelope, err := json.Marshal(map[string]string{"Type": "Notification", "Message": c.notification(keys[0])})
	if err != nil {
		t.Fatal(err)
	}
	bodies := []string{
		`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"` + c.bucket + `"}`,
		string(envelope),
		fmt.Sprintf(`{"detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":%q},"object":{"key":%q,"size":1}}}`, c.bucket, chainRoot+"/"+keys[1]),
		strings.ReplaceAll(c.notification(keys[2], keys[3]), "/", "%2F"),
		c.notification(keys[2], keys[3]),
		"hello",
	}
	if err := c.main.Send(t.Context(), bodies); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4}, c.hours("glue_metrics", 4)); diff != "" {
		t.Errorf("hours (-want +got):\n%s\n%s", diff, c.server.Log())
	}
	if buried := c.buried(1); len(buried) != 1 || buried[0].Body != "hello" {
		t.Errorf("%+v is in the dead-letter queue", buried)
	}
}

func (c *chain) notification(keys ...string) string {
	var records []string
	for _, key := range keys {
		key = strings.ReplaceAll(url.QueryEscape(chainRoot+"/"+key), "%2F", "/")
		records = append(records, fmt.Sprintf(`{"eventVersion":"2.6","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":%q},"object":{"key":%q,"size":1}}}`, c.bucket, key))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

// Both archives can be uploaded, and the same source makes the same bytes.
func TestArchivesAreSmallAndReproducible(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		first, second := digest(t, lambdaruntime.Pack(t, lambdaruntime.BuildFor(t, arch))), digest(t, lambdaruntime.Pack(t, lambdaruntime.BuildFor(t, arch)))
		if first != second {
			t.Errorf("%s: two builds differ: %+v, %+v", arch, first, second)
		}
		if t.Logf("%s: %d bytes", arch, first.size); first.size > 12<<20 {
			t.Errorf("%s: %d bytes are more than 12 MiB", arch, first.size)
		}
	}
}

// fingerprint tells files apart.
type fingerprint struct {
	size int
	sum  [sha256.Size]byte
}

func digest(t *testing.T, path string) fingerprint {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fingerprint{len(content), sha256.Sum256(content)}
}
