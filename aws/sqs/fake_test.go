package sqs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"limnograph"
	"limnograph/aws/sqs"
)

const queueURL = "https://sqs.eu-west-1.amazonaws.com/123456789012/limno"

// server answers calls by their action; what real servers can be made to do is tested on them (package peers).
type server struct {
	answer func(action string, in input) (status int, body string)

	mu    sync.Mutex
	calls []input
}

// input is what all actions together may ask for.
type input struct {
	Action          string
	URL             string `json:"QueueUrl"`
	SourceArn       string
	WaitTimeSeconds int
	MaxNumber       int `json:"MaxNumberOfMessages"`
	Visibility      int `json:"VisibilityTimeout"`
	Entries         []entry
}

type entry struct {
	ID         string `json:"Id"`
	Body       string `json:"MessageBody"`
	Receipt    string `json:"ReceiptHandle"`
	Visibility int    `json:"VisibilityTimeout"`
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	var in input
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	_, in.Action, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.mu.Lock()
	s.calls = append(s.calls, in)
	status, text := s.answer(in.Action, in)
	s.mu.Unlock()
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (s *server) asked() []input {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]input(nil), s.calls...)
}

// allDone is the answer to a batch that was done.
func allDone(in input) string { return result(in, nil) }

// result is the answer to a batch: entries fail with the code that failed gives, an exclamation mark before it says that
// the sender is at fault, a minus leaves the entry out.
func result(in input, failed func(entry) string) string {
	type line struct {
		ID          string `json:"Id"`
		Code        string
		SenderFault bool
		Message     string
	}
	out := struct{ Successful, Failed []line }{Successful: []line{}, Failed: []line{}}
	for _, e := range in.Entries {
		code := ""
		if failed != nil {
			code = failed(e)
		}
		switch bare, sender := strings.CutPrefix(code, "!"); {
		case code == "":
			out.Successful = append(out.Successful, line{ID: e.ID})
		case code != "-":
			out.Failed = append(out.Failed, line{ID: e.ID, Code: bare, SenderFault: sender, Message: "told you"})
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func fault(code string) string {
	return fmt.Sprintf(`{"__type":"com.amazonaws.sqs#%s","message":"told you"}`, code)
}

// open returns the queue on a server, which tries each call up to attempts times without a pause.
func open(t *testing.T, handler http.Handler, attempts int, opt sqs.Config) *sqs.Queue {
	t.Helper()
	return sqs.New(config(t, handler, attempts), queueURL, opt)
}

func config(t *testing.T, handler http.Handler, attempts int) aws.Config {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		if to != address.Host {
			return nil, fmt.Errorf("dialled %s", to)
		}
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.RateLimiter = attempts, ratelimit.None
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
}

// patience keeps how long was waited, and does not wait.
type patience struct{ waited []time.Duration }

func (p *patience) wait(ctx context.Context, d time.Duration) error {
	p.waited = append(p.waited, d)
	return ctx.Err()
}

func taken(n int) []limnograph.Message {
	var list []limnograph.Message
	for i := range n {
		list = append(list, limnograph.Message{ID: fmt.Sprint("id-", i), Receipt: fmt.Sprint("receipt-", i)})
	}
	return list
}

func wantCode(t *testing.T, err error, want limnograph.Code, texts ...string) {
	t.Helper()
	if got := limnograph.ErrorCode(err); got != want {
		t.Errorf("error %v has code %q, want %q", err, got, want)
	}
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v does not say %q", err, text)
		}
	}
}
