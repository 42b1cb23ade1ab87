//go:build peers

package peers_test

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"limnograph/aws/sqs"
	"limnograph/peers/servers"
)

// A server that is given the queue of notifications does the work of the function: it writes the catalogue, shows the
// page, and leaves what can't be read to the dead-letter queue, from where redrive brings it back.
func TestServerWritesTheCatalogue(t *testing.T) {
	h := recent(t)
	r := newRoad(t, pool.Moto(t), pool.VersityGW(t))
	h.store(t, r.client, r.bucket)
	dead := newQueue(t, r.glue, "")
	queue := newQueue(t, r.glue, dead)
	messages := []string{"poison"}
	for _, key := range notifications(h, 10) {
		messages = append(messages, r.notification(t, key))
	}
	send(t, r.glue, queue, messages)

	env := append(r.settings("duckdb", "glue"), append(r.s3.Environment(t), "LIMNO_AWS_NOTIFICATIONS="+queue, "LIMNO_AWS_ENDPOINTS_SQS="+r.glue.URL)...)
	s := serve(t, t.TempDir(), env)
	s.awaitBounds(t, h)
	if diff := cmp.Diff(r.page(t, h), s.fleet(t, h), nearly()); diff != "" {
		t.Errorf("the page (-alone +written by the server):\n%s", diff)
	}
	parts, err := r.cat.Partitions(t.Context(), "glue_metrics")
	if err != nil {
		t.Fatal(err)
	}
	if want := partitionsOf(h); len(parts) != want {
		t.Errorf("%d partitions are registered, want %d", len(parts), want)
	}
	eventually(t, "the poison is a dead letter", time.Minute, func() bool { return waiting(t, r.glue, dead) == 1 && waiting(t, r.glue, queue) == 0 })
	s.stop(t)

	redrive := func(args ...string) string {
		return limno(t, append(env, "LIMNO_DATA="+t.TempDir()), append([]string{"redrive", "--from", path.Base(dead), "--to", queue}, args...)...)
	}
	if out := redrive("--dry-run"); !strings.Contains(out, "poison") || !strings.Contains(out, "1 message would be moved") {
		t.Errorf("redrive --dry-run said %q", out)
	}
	if out := redrive(); !strings.Contains(out, "moved 1 message\n") {
		t.Errorf("redrive said %q", out)
	}
	if waiting(t, r.glue, dead) != 0 || waiting(t, r.glue, queue) != 1 {
		t.Errorf("after redrive %d are dead letters and %d wait", waiting(t, r.glue, dead), waiting(t, r.glue, queue))
	}
}

func partitionsOf(h *history) int {
	seen := make(map[string]bool)
	for _, f := range h.files {
		seen[f.Key[:strings.LastIndex(f.Key, "/")]] = true
	}
	return len(seen)
}

// newQueue makes a queue whose messages are seen again after a second, and go to another one after the second time.
func newQueue(t *testing.T, on *servers.Server, dead string) (address string) {
	t.Helper()
	attributes := map[string]string{"VisibilityTimeout": "1"}
	if dead != "" {
		facts, err := sqs.New(on.SDK(t), dead, sqs.Config{}).Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"2"}`, facts.ARN)
	}
	made, err := sdk.NewFromConfig(on.SDK(t)).CreateQueue(t.Context(), &sdk.CreateQueueInput{QueueName: aws.String(servers.Name(t)), Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return *made.QueueUrl
}

func send(t *testing.T, on *servers.Server, queue string, messages []string) {
	t.Helper()
	if err := sqs.New(on.SDK(t), queue, sqs.Config{}).Send(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}

// waiting counts the messages of a queue, seen or not.
func waiting(t *testing.T, on *servers.Server, queue string) int {
	t.Helper()
	facts, err := sqs.New(on.SDK(t), queue, sqs.Config{}).Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return facts.Waiting + facts.InFlight + facts.Delayed
}
