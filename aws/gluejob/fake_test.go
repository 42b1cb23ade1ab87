package gluejob_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"limnograph/aws/gluejob"
)

var answered = time.Date(2026, 11, 24, 12, 30, 0, 0, time.UTC)

// reply is what Glue says next. Status 0 cuts the connection.
type reply struct {
	status int
	body   string
}

func ok(body string) reply { return reply{http.StatusOK, body} }

func refusal(status int, code, text string) reply {
	return reply{status, `{"__type":"` + code + `","message":"` + text + `"}`}
}

// fake gives its replies in turn, the last one for ever.
type fake struct {
	*httptest.Server

	mu      sync.Mutex
	replies []reply
	asked   []string // operation and body of each request
	counted []string // what the reader counted
}

func newFake(t *testing.T, replies ...reply) *fake {
	f := &fake{replies: replies}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	f.mu.Lock()
	f.asked = append(f.asked, operation+" "+compact(body))
	next := f.replies[0]
	if len(f.replies) > 1 {
		f.replies = f.replies[1:]
	}
	f.mu.Unlock()
	if next.status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(next.status)
	_, _ = io.WriteString(w, next.body)
}

// compact writes a JSON object with its members sorted.
func compact(body []byte) string {
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		return string(body)
	}
	text, _ := json.Marshal(object)
	return string(text)
}

// reader returns a reader of the fake that tries each call three times, without waiting.
func (f *fake) reader(configure ...func(*gluejob.Config)) *gluejob.Reader {
	opt := gluejob.Config{
		AccountID: "111122223333", Arguments: []string{"--dataset", "layer"}, Now: func() time.Time { return answered },
		Calls: func(operation string) { f.counted = append(f.counted, operation) },
	}
	for _, c := range configure {
		c(&opt)
	}
	return gluejob.New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &f.URL, HTTPClient: f.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = 3
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}, opt)
}
