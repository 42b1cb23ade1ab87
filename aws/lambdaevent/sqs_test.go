package lambdaevent_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/lambdaevent"
)

// failing fails the messages that tell of a certain key, and keeps what it was given.
type failing struct {
	key string
	got []lambdaevent.Message
}

func (f *failing) handle(_ context.Context, messages []lambdaevent.Message) []error {
	f.got = messages
	errs := make([]error, len(messages))
	for i, m := range messages {
		for _, o := range m.Objects {
			if o.Key == f.key {
				errs[i] = errors.New("refused")
			}
		}
	}
	return errs
}

func body(t testing.TB, key string) string {
	return notification(t, func(_, o map[string]any) { o["key"] = key })
}

func batch(bodies map[string]string, ids ...string) events.SQSEvent {
	event := events.SQSEvent{Records: []events.SQSMessage{}}
	for _, id := range ids {
		event.Records = append(event.Records, events.SQSMessage{MessageId: id, Body: bodies[id]})
	}
	return event
}

func TestOnlyFailedMessagesAreListed(t *testing.T) {
	bodies := map[string]string{
		"good": body(t, "good"), "bad": body(t, "bad"), "broken": "{", "test": fixture(t, "test-event.json"),
		"": body(t, "good"),
	}
	for name, tc := range map[string]struct {
		ids  []string
		want string
	}{
		"all good":          {[]string{"good", "test"}, `{"batchItemFailures":[]}`},
		"empty batch":       {nil, `{"batchItemFailures":[]}`},
		"one failed":        {[]string{"good", "bad", "test"}, `{"batchItemFailures":[{"itemIdentifier":"bad"}]}`},
		"one unreadable":    {[]string{"broken", "good"}, `{"batchItemFailures":[{"itemIdentifier":"broken"}]}`},
		"delivered twice":   {[]string{"bad", "good", "bad"}, `{"batchItemFailures":[{"itemIdentifier":"bad"}]}`},
		"good without id":   {[]string{"", "bad"}, `{"batchItemFailures":[{"itemIdentifier":"bad"}]}`},
		"everything failed": {[]string{"broken", "bad"}, `{"batchItemFailures":[{"itemIdentifier":"broken"},{"itemIdentifier":"bad"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := &failing{key: "bad"}
			answer, err := lambdaevent.SQS(f.handle)(t.Context(), batch(bodies, tc.ids...))
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(answer)
			if err != nil || string(text) != tc.want {
				t.Errorf("%s, %v; want %s", text, err, tc.want)
			}
			if len(f.got) != len(tc.ids) {
				t.Errorf("the handler got %d of %d messages", len(f.got), len(tc.ids))
			}
		})
	}
}

func TestHandlerSeesWhatMessagesSay(t *testing.T) {
	f := &failing{}
	event := events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: body(t, "a%3Db"), Attributes: map[string]string{"ApproximateReceiveCount": "3"}},
		{MessageId: "2", Body: "nonsense"},
	}}
	if _, err := lambdaevent.SQS(f.handle)(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	if limnograph.ErrorCode(f.got[1].Err) != limnograph.CodeInvalid {
		t.Errorf("%+v", f.got[1])
	}
	f.got[1].Err = nil
	want := []lambdaevent.Message{
		{ID: "1", Received: 3, Objects: []lambdaevent.Object{{Bucket: "lake", Key: "a=b", Size: 1}}}, {ID: "2"},
	}
	if diff := cmp.Diff(want, f.got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBatchFailsOnlyWhenNothingCanBeSaid(t *testing.T) {
	var s3Event events.SQSEvent // a function that S3 invokes without a queue
	if err := json.Unmarshal([]byte(fixture(t, "s3-created.json")), &s3Event); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		event  events.SQSEvent
		handle func(context.Context, []lambdaevent.Message) []error
		code   limnograph.Code
	}{
		"no event":         {events.SQSEvent{}, (&failing{}).handle, limnograph.CodeInvalid},
		"of S3 itself":     {s3Event, (&failing{}).handle, limnograph.CodeInvalid},
		"failed, no id":    {batch(map[string]string{"": "{"}, ""), (&failing{}).handle, limnograph.CodeInvalid},
		"too few answers":  {batch(nil, "1", "2"), func(context.Context, []lambdaevent.Message) []error { return make([]error, 1) }, limnograph.CodeInternal},
		"too many answers": {batch(nil, "1"), func(context.Context, []lambdaevent.Message) []error { return make([]error, 2) }, limnograph.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := lambdaevent.SQS(tc.handle)(t.Context(), tc.event)
			if limnograph.ErrorCode(err) != tc.code || answer.BatchItemFailures != nil {
				t.Errorf("%+v, %v; want %s", answer, err, tc.code)
			}
		})
	}
}

// Any event must be answered: an error, or ids that are in it.
func FuzzSQS(f *testing.F) {
	for _, name := range []string{"testdata/s3-created.json", "testdata/sns-s3-created.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("1", string(text), "", "{")
	}
	f.Add("1", "x", "1", "{}")
	f.Fuzz(func(t *testing.T, id1, body1, id2, body2 string) {
		event := events.SQSEvent{Records: []events.SQSMessage{{MessageId: id1, Body: body1}, {MessageId: id2, Body: body2}}}
		answer, err := lambdaevent.SQS((&failing{key: "a"}).handle)(t.Context(), event)
		seen := map[string]bool{}
		for _, one := range answer.BatchItemFailures {
			if err != nil || one.ItemIdentifier == "" || seen[one.ItemIdentifier] || one.ItemIdentifier != id1 && one.ItemIdentifier != id2 {
				t.Errorf("%+v, %v", answer, err)
			}
			seen[one.ItemIdentifier] = true
		}
	})
}
