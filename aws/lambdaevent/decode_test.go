package lambdaevent_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/lambdaevent"
)

// landed is the key of the recorded events, as S3 lists it.
const landed = "my data/landing/metrics/glue_metrics/sender=111122223333/year=2026/month=11/day=24/hour=05/a+b-1-2026-11-24-05-52-02-7f1c6c1e-7d0b-4b8e-9a62-0a2b3c4d5e6f.gz"

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDecodeRecorded(t *testing.T) {
	type objects = []lambdaevent.Object
	created := lambdaevent.Object{Bucket: "lake", Key: landed, Size: 20, Sequencer: "0000066102465578FF"}
	removed := lambdaevent.Object{Bucket: "lake", Key: landed, Removed: true, Sequencer: "000006610246557901"}
	with := func(o lambdaevent.Object, change func(*lambdaevent.Object)) lambdaevent.Object {
		change(&o)
		return o
	}
	for name, want := range map[string]objects{
		"s3-created.json":             {created},
		"s3-removed.json":             {removed},
		"s3-created-all-encoded.json": {with(created, func(o *lambdaevent.Object) { o.Sequencer = "" })},
		"s3-created-plain.json": {with(created, func(o *lambdaevent.Object) {
			o.Key, o.Size = "landing/metrics/glue_metrics/sender=a%20team/year=2026/month=11/day=24/hour=05/a+b-1.gz", 0
		})},
		"s3-two-records.json": {created, with(created, func(o *lambdaevent.Object) {
			o.Key, o.Size = "errors/glue_metrics/processing-failed/2026/11/24/05/x", 7
		})},
		"test-event.json":              nil,
		"eventbridge-created.json":     {created},
		"eventbridge-deleted.json":     {removed},
		"eventbridge-tags.json":        nil,
		"sns-test-event.json":          nil,
		"sns-s3-created.json":          {{Bucket: "lake2", Key: landed, Size: 20}},
		"sns-raw-s3-created.json":      {{Bucket: "lake2", Key: landed, Size: 20, Sequencer: "000006610246557900"}},
		"sns-eventbridge-created.json": {created},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := lambdaevent.Decode(fixture(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// notification is an S3 event whose members a test sets.
func notification(t testing.TB, change func(record, object map[string]any)) string {
	t.Helper()
	object := map[string]any{"key": "a.gz", "size": 1}
	record := map[string]any{
		"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
		"s3": map[string]any{"bucket": map[string]any{"name": "lake"}, "object": object},
	}
	change(record, object)
	text, err := json.Marshal(map[string]any{"Records": []any{record}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeys(t *testing.T) {
	for key, want := range map[string]string{
		"HappyFace.jpg":                 "HappyFace.jpg",
		"red+flower.jpg":                "red flower.jpg",
		"red%20flower.jpg":              "red flower.jpg",
		"a%2Bb%2Fc.gz":                  "a+b/c.gz",
		"year%3D2026/a+b.gz":            "year=2026/a b.gz",
		"sender%3Da%2520team/x.gz":      "sender=a%20team/x.gz", // the escape is part of the key
		"sender=a%20team/x.gz":          "sender=a%20team/x.gz", // not encoded
		"sender=a%20team/a+b.gz":        "sender=a%20team/a+b.gz",
		"sender=a%3Db/x.gz":             "sender=a%3Db/x.gz",
		"100%":                          "100%",
		"%zz.gz":                        "%zz.gz",
		"a b.gz":                        "a b.gz",
		"M%C3%BCnchen.gz":               "München.gz",
		"München+Nord.gz":               "München+Nord.gz",
		"image+%281%29.gz":              "image (1).gz",
		"a<b+c>.gz":                     "a<b+c>.gz",
		"image+(1)!'~*.gz":              "image (1)!'~*.gz",
		"%E2%98%83":                     "☃",
		"a%00b":                         "a\x00b",
		"landing%2Fmetrics%2Fx+y%2Bz-1": "landing/metrics/x y+z-1",
	} {
		objects, err := lambdaevent.Decode(notification(t, func(_, o map[string]any) { o["key"] = key }))
		if err != nil || len(objects) != 1 || objects[0].Key != want {
			t.Errorf("%q: %+v, %v; want %q", key, objects, err, want)
		}
	}
}

func TestKindsOfEvents(t *testing.T) {
	for name, want := range map[string]string{
		"ObjectCreated:Put":                          "created",
		"ObjectCreated:CompleteMultipartUpload":      "created",
		"s3:ObjectCreated:Copy":                      "created",
		"ObjectRemoved:Delete":                       "removed",
		"ObjectRemoved:DeleteMarkerCreated":          "removed",
		"LifecycleExpiration:Delete":                 "removed",
		"LifecycleExpiration:DeleteMarkerCreated":    "removed",
		"s3:LifecycleTransition":                     "none",
		"ObjectRestore:Completed":                    "none",
		"ObjectTagging:Put":                          "none",
		"IntelligentTiering":                         "none",
		"Replication:OperationFailedReplication":     "none",
		"SomethingThatDoesNotExistYet:ObjectCreated": "none",
	} {
		objects, err := lambdaevent.Decode(notification(t, func(r, _ map[string]any) { r["eventName"] = name }))
		got := "none"
		if len(objects) == 1 {
			got = map[bool]string{false: "created", true: "removed"}[objects[0].Removed]
		}
		if err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
}

func TestAnyMinorVersionAndUnknownFieldsAreAccepted(t *testing.T) {
	for _, version := range []string{"2.0", "2.1", "2.6", "2.99", "2"} {
		text := notification(t, func(r, o map[string]any) {
			r["eventVersion"], r["future"], o["alsoNew"] = version, map[string]any{"x": []int{1}}, true
		})
		if objects, err := lambdaevent.Decode(text); err != nil || len(objects) != 1 {
			t.Errorf("%s: %v, %v", version, objects, err)
		}
	}
}

func sns(t testing.TB, message string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"Type": "Notification", "Message": message})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWrongShapesAreRefusedInWords(t *testing.T) {
	change := func(change func(r, o map[string]any)) string { return notification(t, change) }
	good := change(func(_, _ map[string]any) {})
	nested := good
	for range 6 {
		nested = sns(t, nested)
	}
	for name, tc := range map[string]struct{ body, want string }{
		"empty":                 {"", "not a JSON object"},
		"words":                 {"hello", "not a JSON object"},
		"null":                  {"null", "no notification of S3"},
		"a list":                {"[]", "not a JSON object"},
		"an object":             {"{}", "no notification of S3"},
		"two documents":         {good + good, "not a JSON object"},
		"truncated":             {good[:len(good)-2], "not a JSON object"},
		"no records":            {`{"Records":[]}`, "Records is empty"},
		"null records":          {`{"Records":null}`, "Records is empty"},
		"records of words":      {`{"Records":["x"]}`, "no list of S3 events"},
		"of SQS":                {`{"Records":[{"messageId":"1","body":"x","eventSource":"aws:sqs"}]}`, `eventSource "aws:sqs" is not S3`},
		"major version 3":       {change(func(r, _ map[string]any) { r["eventVersion"] = "3.0" }), `eventVersion "3.0" is not 2.x`},
		"major version 20":      {change(func(r, _ map[string]any) { r["eventVersion"] = "20.1" }), `eventVersion "20.1" is not 2.x`},
		"no version":            {change(func(r, _ map[string]any) { delete(r, "eventVersion") }), "is not 2.x"},
		"no name":               {change(func(r, _ map[string]any) { delete(r, "eventName") }), "eventName is missing"},
		"no object":             {change(func(r, _ map[string]any) { delete(r, "s3") }), "bucket is missing"},
		"no key":                {change(func(_, o map[string]any) { o["key"] = "" }), "key of the object is missing"},
		"negative size":         {change(func(_, o map[string]any) { o["size"] = -1 }), "size of the object is -1"},
		"fractional size":       {change(func(_, o map[string]any) { o["size"] = 1.5 }), "no list of S3 events"},
		"key of another type":   {change(func(_, o map[string]any) { o["key"] = 7 }), "no list of S3 events"},
		"second record broken":  {strings.TrimSuffix(good, "]}") + `,{"eventSource":"aws:s3"}]}`, "record 2"},
		"other Event":           {`{"Service":"Amazon S3","Event":"s3:OtherEvent","Bucket":"b"}`, "no notification of S3"},
		"other EventBridge":     {`{"detail-type":"Glue Job State Change","source":"aws.glue","detail":{}}`, `"Glue Job State Change" of "aws.glue"`},
		"CloudTrail":            {`{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":{}}`, "no event of an S3 object"},
		"EventBridge of others": {`{"detail-type":"Object Created","source":"my.app","detail":{"bucket":{"name":"b"},"object":{"key":"k"}}}`, `of "my.app"`},
		"EventBridge, no key":   {`{"detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"b"}}}`, "key of the object is missing"},
		"SNS to be confirmed":   {`{"Type":"SubscriptionConfirmation","Message":"x","SubscribeURL":"https://x"}`, "waits to be confirmed"},
		"SNS of another type":   {strings.Replace(sns(t, good), "Notification", "UnsubscribeConfirmation", 1), `type "UnsubscribeConfirmation"`},
		"SNS without message":   {`{"Type":"Notification"}`, "holds no notification"},
		"SNS of words":          {sns(t, "hello"), "inside an SNS envelope"},
		"SNS without end":       {nested, "envelopes stand in one another"},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := lambdaevent.Decode(tc.body)
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
			if objects != nil {
				t.Errorf("objects %+v beside an error", objects)
			}
		})
	}
}

// Whatever the body: no panic, an error of the right code or objects that have a bucket and a key.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) < 10 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		f.Add(fixture(f, filepath.Base(name)))
	}
	f.Fuzz(func(t *testing.T, body string) {
		objects, err := lambdaevent.Decode(body)
		if err != nil && (limnograph.ErrorCode(err) != limnograph.CodeInvalid || objects != nil) {
			t.Errorf("%v beside %v", objects, err)
		}
		for _, o := range objects {
			if o.Bucket == "" || o.Key == "" || o.Size < 0 {
				t.Errorf("%+v", o)
			}
		}
	})
}
