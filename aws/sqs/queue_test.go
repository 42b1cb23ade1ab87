package sqs_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/sqs"
)

const one = `{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"b","Attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1795499522123"}}]}`

// A long wait is several polls of at most 20 seconds, and ends in time.
func TestReceivePolls(t *testing.T) {
	for name, tt := range map[string]struct {
		wait time.Duration
		want []int // seconds of each poll
	}{
		"AtOnce":       {0, []int{0}},
		"Negative":     {-time.Second, []int{0}},
		"UnderASecond": {900 * time.Millisecond, []int{0}},
		"Short":        {5500 * time.Millisecond, []int{5}},
		"OnePoll":      {20 * time.Second, []int{20}},
		"Long":         {50 * time.Second, []int{20, 20, 10}},
		"LongAndABit":  {40500 * time.Millisecond, []int{20, 20}},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
			s := &server{answer: func(_ string, in input) (int, string) {
				now = now.Add(time.Duration(in.WaitTimeSeconds) * time.Second)
				return http.StatusOK, `{}`
			}}
			got, err := open(t, s, 1, sqs.Config{Now: func() time.Time { return now }}).Receive(t.Context(), 10, tt.wait)
			if err != nil || len(got) != 0 {
				t.Errorf("received %v, %v", got, err)
			}
			var seconds []int
			for _, call := range s.asked() {
				seconds = append(seconds, call.WaitTimeSeconds)
			}
			if diff := cmp.Diff(tt.want, seconds); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReceiveReadsMessages(t *testing.T) {
	s := &server{answer: func(string, input) (int, string) { return http.StatusOK, one }}
	q := open(t, s, 1, sqs.Config{Visibility: 1500 * time.Millisecond})
	for _, limit := range []int{0, 1, 10, 500} {
		got, err := q.Receive(t.Context(), limit, time.Minute)
		want := []limnograph.Message{{ID: "m", Receipt: "r", Body: "b", Received: 3, Sent: time.UnixMilli(1795499522123).UTC()}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	for i, want := range []int{1, 1, 10, 10} {
		if call := s.asked()[i]; call.MaxNumber != want || call.Visibility != 2 || call.URL != queueURL {
			t.Errorf("asked %+v, want %d messages", call, want)
		}
	}
}

// Attributes that are missing or odd are unknown, not wrong.
func TestReceiveWithoutAttributes(t *testing.T) {
	for name, attributes := range map[string]string{
		"None": `{}`, "Odd": `{"ApproximateReceiveCount":"many","SentTimestamp":"yesterday"}`, "Negative": `{"ApproximateReceiveCount":"-1"}`,
	} {
		s := &server{answer: func(string, input) (int, string) {
			return http.StatusOK, `{"Messages":[{"MessageId":"m","Attributes":` + attributes + `}]}`
		}}
		got, err := open(t, s, 1, sqs.Config{}).Receive(t.Context(), 1, 0)
		if err != nil || len(got) != 1 || got[0].Received != 0 || !got[0].Sent.IsZero() {
			t.Errorf("%s: received %+v, %v", name, got, err)
		}
	}
}

func TestCallErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		code   limnograph.Code
		says   string
	}{
		"ErrNoQueue":       {400, fault("QueueDoesNotExist"), limnograph.CodeNotFound, "create the queue"},
		"ErrNoQueueByOld":  {400, fault("AWS.SimpleQueueService.NonExistentQueue"), limnograph.CodeNotFound, "create the queue"},
		"ErrDenied":        {403, fault("AccessDeniedException"), limnograph.CodeForbidden, "sqs:ReceiveMessage"},
		"ErrDeniedByOld":   {403, fault("AccessDenied"), limnograph.CodeForbidden, "sqs:ReceiveMessage"},
		"ErrKMS":           {400, fault("KmsAccessDenied"), limnograph.CodeForbidden, "kms:Decrypt"},
		"ErrKMSThrottled":  {400, fault("KmsThrottled"), limnograph.CodeUnavailable, ""},
		"ErrThrottled":     {400, fault("RequestThrottled"), limnograph.CodeUnavailable, "too often"},
		"ErrOverLimit":     {403, fault("OverLimit"), limnograph.CodeUnavailable, ""},
		"ErrExpired":       {403, fault("ExpiredToken"), limnograph.CodeUnauthorized, "renew"},
		"ErrUnknownKey":    {403, fault("InvalidClientTokenId"), limnograph.CodeUnauthorized, "renew"},
		"ErrInternal":      {500, fault("InternalFailure"), limnograph.CodeUnavailable, ""},
		"ErrGatewayHTML":   {502, "<html>", limnograph.CodeUnavailable, ""},
		"ErrAnotherPage":   {200, "<html>", limnograph.CodeUnavailable, "endpoint"},
		"ErrUnfinished":    {200, `{"Messages":[{"MessageId":"m`, limnograph.CodeUnavailable, "endpoint"},
		"ErrRequestWrong":  {400, fault("InvalidParameterValue"), limnograph.CodeInvalid, ""},
		"ErrNobodyAnswers": {0, "", limnograph.CodeUnavailable, "network"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: func(string, input) (int, string) { return tt.status, tt.body }}
			_, err := open(t, s, 1, sqs.Config{}).Receive(t.Context(), 1, 0)
			wantCode(t, err, tt.code, tt.says, queueURL)
		})
	}
}

// A body that the server alone knows to be too large is told of as such, whether it refuses the call or the entry.
func TestServerRefusesALargeBody(t *testing.T) {
	text := `One or more parameters are invalid. Reason: Message must be shorter than 262144 bytes.`
	for name, answer := range map[string]func(in input) (int, string){
		"TheCall": func(input) (int, string) {
			return 400, strings.Replace(fault("InvalidParameterValue"), "told you", text, 1)
		},
		"TheBatch": func(input) (int, string) { return 400, fault("BatchRequestTooLong") },
		"TheEntry": func(in input) (int, string) {
			r := result(in, func(entry) string { return "!InvalidParameterValue" })
			return 200, strings.Replace(r, "told you", text, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: func(_ string, in input) (int, string) { return answer(in) }}
			err := open(t, s, 1, sqs.Config{}).Send(t.Context(), []string{strings.Repeat("x", 300_000)})
			wantCode(t, err, limnograph.CodeTooLarge)
		})
	}
}

// Seconds are rounded up: a message must not come back too early.
func TestReleaseRoundsUp(t *testing.T) {
	s := &server{answer: func(_ string, in input) (int, string) { return http.StatusOK, allDone(in) }}
	q := open(t, s, 1, sqs.Config{})
	for delay, want := range map[time.Duration]int{0: 0, time.Nanosecond: 1, 1500 * time.Millisecond: 2, 12 * time.Hour: 43200} {
		if err := q.Release(t.Context(), taken(1), delay); err != nil {
			t.Fatal(err)
		}
		calls := s.asked()
		if got := calls[len(calls)-1].Entries[0].Visibility; got != want {
			t.Errorf("%v became %d s", delay, got)
		}
	}
}

func TestURL(t *testing.T) {
	s := &server{answer: func(action string, _ input) (int, string) {
		if action != "GetQueueUrl" {
			return 400, fault("InvalidAction")
		}
		return 200, `{"QueueUrl":"` + queueURL + `"}`
	}}
	if got, err := sqs.URL(t.Context(), config(t, s, 1), "limno"); err != nil || got != queueURL {
		t.Errorf("address is %q, %v", got, err)
	}
	none := &server{answer: func(string, input) (int, string) { return 400, fault("QueueDoesNotExist") }}
	_, err := sqs.URL(t.Context(), config(t, none, 1), "limno")
	wantCode(t, err, limnograph.CodeNotFound, "limno")
	empty := &server{answer: func(string, input) (int, string) { return 200, `{}` }}
	_, err = sqs.URL(t.Context(), config(t, empty, 1), "limno")
	wantCode(t, err, limnograph.CodeUnavailable, "endpoint")
}

func TestFacts(t *testing.T) {
	for name, tt := range map[string]struct {
		policy string
		arn    string
		max    int
	}{
		"CountAsText":   {`{\"deadLetterTargetArn\":\"arn:dead\",\"maxReceiveCount\":\"5\"}`, "arn:dead", 5},
		"CountAsNumber": {`{\"deadLetterTargetArn\":\"arn:dead\",\"maxReceiveCount\":5}`, "arn:dead", 5},
		"NoPolicy":      {``, "", 0},
		"OddPolicy":     {`[]`, "", 0},
		"OddCount":      {`{\"deadLetterTargetArn\":\"arn:dead\",\"maxReceiveCount\":[]}`, "arn:dead", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answer: func(string, input) (int, string) {
				return 200, `{"Attributes":{"QueueArn":"arn:q","ApproximateNumberOfMessages":"7","ApproximateNumberOfMessagesNotVisible":"2",` +
					`"ApproximateNumberOfMessagesDelayed":"1","VisibilityTimeout":"30","MessageRetentionPeriod":"345600","RedrivePolicy":"` + tt.policy + `"}}`
			}}
			got, err := open(t, s, 1, sqs.Config{}).Facts(t.Context())
			want := sqs.Facts{
				ARN: "arn:q", Waiting: 7, InFlight: 2, Delayed: 1, Visibility: 30 * time.Second, Retention: 96 * time.Hour,
				DeadLetterARN: tt.arn, MaxReceives: tt.max,
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
	s := &server{answer: func(string, input) (int, string) { return 400, fault("QueueDoesNotExist") }}
	_, err := open(t, s, 1, sqs.Config{}).Facts(t.Context())
	wantCode(t, err, limnograph.CodeNotFound)
}

// A call that hangs ends with its context.
func TestReceiveIsCutShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client goes
		cancel()
		<-r.Context().Done()
	})
	_, err := open(t, hang, 3, sqs.Config{}).Receive(ctx, 1, time.Hour)
	wantCode(t, err, limnograph.CodeTimeout, "context canceled")
}
