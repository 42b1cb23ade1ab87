package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/lambdaevent"
	"limnograph/aws/s3"
	"limnograph/cataloging"
	"limnograph/mem"
	"limnograph/schema"
)

// bench is a function over a store and a catalogue in memory. It writes where a test can read.
type bench struct {
	*function
	store          *mem.Store
	cat            *mem.Catalog
	stdout, stderr bytes.Buffer
}

var now = time.Date(2026, 11, 24, 12, 30, 0, 0, time.UTC)

func newBench(t *testing.T, mode string) *bench {
	t.Helper()
	b := &bench{store: mem.New(), cat: mem.NewCatalog()}
	clock := func() time.Time { return now }
	defs := cataloging.NewStoredDefinitions(b.store, "schemas/", schema.Builtin(), cataloging.DefinitionsConfig{Where: "s3://lake/data/", Now: clock})
	b.function = &function{
		landing: s3.Location{Bucket: "lake", Prefix: "data"}, now: clock, log: slog.New(slog.NewJSONHandler(&b.stderr, nil)),
		handler: cataloging.NewHandler(b.store, b.cat, defs, cataloging.HandlerConfig{Now: clock}),
		metrics: metrics{to: &b.stdout, mode: mode},
	}
	return b
}

const hour = "landing/metrics/glue_metrics/sender=111122223333/year=2026/month=11/day=24/hour=12/"

func (b *bench) put(t *testing.T, key string) {
	t.Helper()
	if _, err := b.store.Put(t.Context(), key, strings.NewReader("x"), limnograph.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

// s3Event is an S3 notification of objects in the bucket lake, below data/.
func s3Event(name string, keys ...string) string {
	var records []string
	for _, key := range keys {
		key = strings.NewReplacer("=", "%3D", "+", "%2B", " ", "+").Replace("data/" + key)
		records = append(records, fmt.Sprintf(
			`{"eventVersion":"2.6","eventSource":"aws:s3","eventName":%q,"s3":{"bucket":{"name":"lake"},"object":{"key":%q,"size":20}}}`, name, key))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

// tenMessages is a batch with one of everything, and the id of the only message that must fail.
func tenMessages(t *testing.T, b *bench) (event events.SQSEvent, poison string) {
	t.Helper()
	keys := []string{hour + "a+b-1.gz", hour + "c.gz", strings.Replace(hour, "hour=12", "hour=11", 1) + "d.gz", hour + "e.gz"}
	for _, key := range keys {
		b.put(t, key)
	}
	b.put(t, strings.Replace(hour, "glue_metrics", "ebs_metrics", 1)+"x.gz")
	sns, err := json.Marshal(map[string]string{"Type": "Notification", "Message": s3Event("ObjectCreated:Put", keys[3])})
	if err != nil {
		t.Fatal(err)
	}
	for id, body := range []string{
		`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"lake"}`,
		strings.ReplaceAll(s3Event("ObjectCreated:Put", keys[0]), "/", "%2F"),
		s3Event("ObjectCreated:Put", keys[0]), // the same object again
		s3Event("ObjectRemoved:Delete", hour+"gone.gz"),
		s3Event("ObjectCreated:Put", "errors/glue_metrics/processing-failed/2026/11/24/12/x"),
		s3Event("ObjectCreated:Put", hour+"x.parquet"),
		s3Event("ObjectCreated:Put", strings.Replace(hour, "glue_metrics", "ebs_metrics", 1)+"x.gz"), // no definition
		fmt.Sprintf(`{"detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"lake"},"object":{"key":"data/%s","size":20}}}`, keys[0]),
		string(sns),
		s3Event("ObjectCreated:CompleteMultipartUpload", keys[1], keys[2]),
	} {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: fmt.Sprintf("message-%d", id+1), Body: body, EventSource: "aws:sqs",
			Attributes: map[string]string{"ApproximateReceiveCount": "2"},
		})
	}
	return event, "message-7"
}

func TestOnlyThePoisonOfTenMessagesFails(t *testing.T) {
	b := newBench(t, "catalog")
	event, poison := tenMessages(t, b)
	answer, err := lambdaevent.SQS(b.catalogue)(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	want := []events.SQSBatchItemFailure{{ItemIdentifier: poison}}
	if diff := cmp.Diff(want, answer.BatchItemFailures); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	parts, err := b.cat.Partitions(t.Context(), "glue_metrics")
	if err != nil || len(parts) != 2 || !parts[1].Hour.Equal(now.Truncate(time.Hour)) || parts[1].Sender != "111122223333" {
		t.Errorf("%+v, %v", parts, err)
	}
	// Redriven after the definition was put there, the poison is healed.
	if _, err := b.store.Put(t.Context(), "schemas/ebs_metrics.yaml", strings.NewReader("namespace: AWS/EBS\n"), limnograph.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	answer, err = lambdaevent.SQS(b.catalogue)(t.Context(), events.SQSEvent{Records: event.Records[6:7]})
	if err != nil || len(answer.BatchItemFailures) != 0 {
		t.Errorf("%+v, %v", answer, err)
	}
}

// lines decodes the log, one object a line.
func lines(t *testing.T, log string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		delete(one, "time")
		all = append(all, one)
	}
	return all
}

func TestBatchIsLoggedAndCounted(t *testing.T) {
	b := newBench(t, "catalog")
	event, _ := tenMessages(t, b)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	if _, err := lambdaevent.SQS(b.catalogue)(ctx, event); err != nil {
		t.Fatal(err)
	}
	log := lines(t, b.stderr.String())
	if len(log) != 2 {
		t.Fatalf("%d lines of log:\n%s", len(log), b.stderr.String())
	}
	leftOut := map[string]any{"error_output": 1.0, "name": 1.0, "removed": 1.0}
	if diff := cmp.Diff(map[string]any{
		"level": "INFO", "msg": "batch catalogued", "request_id": "request-1", "messages": 10.0, "failed": 1.0, "objects": 6.0,
		"tables_changed": 1.0, "partitions_registered": 2.0, "list_calls": 0.0, "left_out": leftOut, "took_ms": 0.0,
	}, log[0]); diff != "" {
		t.Errorf("batch (-want +got):\n%s", diff)
	}
	failed := log[1]
	if failed["level"] != "ERROR" || failed["message_id"] != "message-7" || failed["received"] != 2.0 || failed["reason"] != "not_found" ||
		failed["remedy"] != "put s3://lake/data/schemas/ebs_metrics.yaml there, then redrive" || !strings.Contains(fmt.Sprint(failed["objects"]), "lake/data/landing/metrics/ebs_metrics/") {
		t.Errorf("%+v", failed)
	}
	metric := func(name, unit string) map[string]any { return map[string]any{"Name": name, "Unit": unit} }
	if diff := cmp.Diff([]map[string]any{{
		"_aws": map[string]any{
			"Timestamp": float64(now.UnixMilli()),
			"CloudWatchMetrics": []any{map[string]any{
				"Namespace": "Limnograph", "Dimensions": []any{[]any{"Mode"}},
				"Metrics": []any{
					metric("Messages", "Count"), metric("Failed", "Count"), metric("Objects", "Count"), metric("PartitionsAdded", "Count"),
					metric("TablesChanged", "Count"), metric("Duration", "Milliseconds"), metric("LeftOut.error_output", "Count"),
					metric("LeftOut.name", "Count"), metric("LeftOut.removed", "Count"),
				},
			}},
		},
		"Mode": "catalog", "Messages": 10.0, "Failed": 1.0, "Objects": 6.0, "PartitionsAdded": 2.0, "TablesChanged": 1.0, "Duration": 0.0,
		"LeftOut.error_output": 1.0, "LeftOut.name": 1.0, "LeftOut.removed": 1.0,
	}}, lines(t, b.stdout.String())); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestUnreadableMessageFailsAlone(t *testing.T) {
	b := newBench(t, "catalog")
	b.put(t, hour+"a.gz")
	answer, err := lambdaevent.SQS(b.catalogue)(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: "hello"}, {MessageId: "2", Body: s3Event("ObjectCreated:Put", hour+"a.gz")},
	}})
	if err != nil || len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "1" {
		t.Errorf("%+v, %v", answer, err)
	}
	log := lines(t, b.stderr.String())
	if len(log) != 2 || log[0]["failed"] != 1.0 || log[1]["reason"] != "invalid" || log[1]["remedy"] == nil {
		t.Errorf("%+v", log)
	}
}

func TestObjectsOfOthersAreForeign(t *testing.T) {
	b := newBench(t, "catalog")
	b.put(t, hour+"a.gz")
	good := s3Event("ObjectCreated:Put", hour+"a.gz")
	for name, body := range map[string]string{
		"another bucket":     strings.Replace(good, `"lake"`, `"ocean"`, 1),
		"another prefix":     strings.Replace(good, `"data/`, `"other/`, 1),
		"no prefix":          strings.Replace(good, `"data/`, `"`, 1),
		"a longer prefix":    strings.Replace(good, `"data/`, `"data2/`, 1),
		"removed, elsewhere": strings.Replace(s3Event("ObjectRemoved:Delete", hour+"a.gz"), `"lake"`, `"ocean"`, 1),
	} {
		messages := []lambdaevent.Message{{ID: "1"}}
		var err error
		if messages[0].Objects, err = lambdaevent.Decode(body); err != nil {
			t.Fatal(err)
		}
		b.stderr.Reset()
		if errs := b.catalogue(t.Context(), messages); errs[0] != nil {
			t.Errorf("%s: %v", name, errs)
		}
		if diff := cmp.Diff(map[string]any{"foreign": 1.0}, lines(t, b.stderr.String())[0]["left_out"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if tables, err := b.cat.Tables(t.Context()); err != nil || len(tables) != 0 {
		t.Errorf("%v, %v", tables, err)
	}
}

// slowCatalog takes a minute to add partitions of a table.
type slowCatalog struct{ *mem.Catalog }

func (s slowCatalog) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (int, error) {
	if table == "other_metrics" {
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return s.Catalog.AddPartitions(ctx, table, parts)
}

// Two seconds before the end the rest of the messages is given back.
func TestRestComesAgainWhenTimeRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "catalog")
		defs := cataloging.NewStoredDefinitions(b.store, "schemas/", schema.Builtin(), cataloging.DefinitionsConfig{})
		b.handler = cataloging.NewHandler(b.store, slowCatalog{b.cat}, defs, cataloging.HandlerConfig{})
		other := strings.Replace(hour, "glue_metrics", "other_metrics", 1)
		b.put(t, hour+"a.gz")
		b.put(t, other+"a.gz")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		started := time.Now()
		answer, err := lambdaevent.SQS(b.catalogue)(ctx, events.SQSEvent{Records: []events.SQSMessage{
			{MessageId: "done", Body: s3Event("ObjectCreated:Put", hour+"a.gz")}, {MessageId: "late", Body: s3Event("ObjectCreated:Put", other+"a.gz")},
		}})
		if err != nil || len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "late" {
			t.Errorf("%+v, %v", answer, err)
		}
		if took := time.Since(started); took != 8*time.Second {
			t.Errorf("answered after %v", took)
		}
		if log := lines(t, b.stderr.String()); log[1]["reason"] != "timeout" {
			t.Errorf("%+v", log[1])
		}
	})
}

func TestReconcileMode(t *testing.T) {
	b := newBench(t, "reconcile")
	b.put(t, hour+"a.gz")
	counts, err := b.reconcile(t.Context())
	if err != nil || counts.Partitions != 1 || counts.Tables != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
	if doc := lines(t, b.stdout.String())[0]; doc["Mode"] != "reconcile" || doc["ListCalls"] != float64(counts.Lists) || doc["PartitionsAdded"] != 1.0 {
		t.Errorf("%+v", doc)
	}
	b.put(t, strings.Replace(hour, "glue_metrics", "ebs_metrics", 1)+"x.gz")
	b.stderr.Reset()
	if _, err := b.reconcile(t.Context()); limnograph.ErrorCode(err) != limnograph.CodeNotFound {
		t.Errorf("%v", err)
	}
	if log := lines(t, b.stderr.String()); len(log) != 2 || log[1]["remedy"] != "put s3://lake/data/schemas/ebs_metrics.yaml there, then redrive" {
		t.Errorf("%+v", log)
	}
}

// The mode decides what the function is, whatever it is sent.
func TestModesHaveTheHandlersOfTheirTriggers(t *testing.T) {
	for _, m := range modes() {
		env := with(map[string]string{"LIMNO_LAMBDA_MODE": m.name, "LIMNO_ACCOUNT": "111122223333"})
		t.Setenv("AWS_REGION", "eu-west-1")
		t.Setenv("AWS_ACCESS_KEY_ID", "x")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
		var out bytes.Buffer
		handler, err := load(t.Context(), env, &out, &out)
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		_, isSQS := handler.(func(context.Context, events.SQSEvent) (events.SQSEventResponse, error))
		if isSQS != (m.name == "catalog") {
			t.Errorf("%s: %T", m.name, handler)
		}
	}
}
