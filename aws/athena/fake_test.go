package athena_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"go.uber.org/goleak"

	"limnograph"
	"limnograph/aws/athena"
	"limnograph/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

// service answers like Athena. It is for what the emulators can't be made to do: states, pages, throttling, lost
// answers. Package peers asks an emulator.
type service struct {
	*httptest.Server
	states []object // of GetQueryExecution, in order; the last one stays
	pages  []object // of GetQueryResults, in order
	reply  func(call string, n int) *reply

	mu    sync.Mutex // guards what follows
	calls map[string][]object
	runs  map[string]string // execution by token
}

// reply is what comes instead of the usual answer.
type reply struct {
	status int
	kind   string // of the error
	text   string
	done   bool // what was asked is done, the answer is lost
	hold   chan struct{}
}

func start(t *testing.T, states []object, pages ...object) *service {
	t.Helper()
	s := &service{states: states, pages: pages, calls: make(map[string][]object), runs: make(map[string]string)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in object
	_ = json.NewDecoder(r.Body).Decode(&in)
	s.mu.Lock()
	s.calls[call] = append(s.calls[call], in)
	n := len(s.calls[call])
	s.mu.Unlock()
	var other *reply
	if s.reply != nil {
		other = s.reply(call, n)
	}
	if other != nil && !other.done {
		s.instead(w, r, other)
		return
	}
	answer := s.answer(call, in, n)
	if other != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *service) instead(w http.ResponseWriter, r *http.Request, other *reply) {
	if other.hold != nil {
		close(other.hold)
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(other.status)
	_ = json.NewEncoder(w).Encode(object{"__type": other.kind, "message": other.text})
}

func (s *service) answer(call string, in object, n int) object {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch call {
	case "StartQueryExecution":
		token := in["ClientRequestToken"].(string)
		if s.runs[token] == "" {
			s.runs[token] = "execution-" + token[:4]
		}
		return object{"QueryExecutionId": s.runs[token]}
	case "GetQueryExecution":
		return object{"QueryExecution": s.states[min(n, len(s.states))-1]}
	case "GetQueryResults":
		page := s.pages[min(n, len(s.pages))-1]
		if n < len(s.pages) {
			page["NextToken"] = "next"
		}
		return page
	}
	return object{}
}

func (s *service) count(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls[call])
}

// state is an execution; changes go to the top.
func state(name string, changes ...object) object {
	x := object{"StatementType": "DML", "Status": object{"State": name}, "Statistics": object{"DataScannedInBytes": 0}}
	for _, c := range changes {
		for k, v := range c {
			x[k] = v
		}
	}
	return x
}

func scanned(n int64) object { return object{"Statistics": object{"DataScannedInBytes": n}} }

func because(name, reason string) object {
	return state(name, object{"Status": object{"State": name, "StateChangeReason": reason}})
}

// page is a result page. A nil in a row is NULL.
func page(names, kinds []string, rows ...[]any) object {
	var info, lines []object
	for i, name := range names {
		info = append(info, object{"Name": name, "Type": kinds[i], "Precision": 10, "Scale": 2})
	}
	for _, row := range rows {
		data := []object{}
		for _, v := range row {
			d := object{}
			if v != nil {
				d["VarCharValue"] = v
			}
			data = append(data, d)
		}
		lines = append(lines, object{"Data": data})
	}
	return object{"ResultSet": object{"Rows": lines, "ResultSetMetadata": object{"ColumnInfo": info}}}
}

func numbers(rows ...[]any) object { return page([]string{"n"}, []string{"bigint"}, rows...) }

// client speaks to this machine alone.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if !strings.HasPrefix(address, "127.0.0.1:") {
			t.Errorf("dialled %s", address)
			return nil, errors.New("tests speak to 127.0.0.1 only")
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func sdk(t *testing.T, url string) aws.Config {
	t.Helper()
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &url, HTTPClient: client(t),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "hunter2"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
			})
		},
	}
}

// open returns an engine whose clock does not wait.
func open(t *testing.T, s *service, configure ...func(*athena.Config)) *athena.Engine {
	t.Helper()
	opt := athena.Config{
		Workgroup: "limno", Database: "lake",
		Published: func(context.Context) ([]limnograph.Schema, error) { return schema.Builtin(), nil },
		Wait:      func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Jitter:    func() float64 { return 0.5 },
	}
	for _, c := range configure {
		c(&opt)
	}
	return athena.New(sdk(t, s.URL), opt)
}

var admin = limnograph.Principal{Name: "admin", Admin: true}

// ask returns the values of the first column, and the usage.
func ask(ctx context.Context, e *athena.Engine, q limnograph.Query) (got []any, u limnograph.Usage, err error) {
	rows, err := e.Query(ctx, admin, q)
	if err != nil {
		return nil, u, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return got, rows.(limnograph.Metered).Usage(), nil
		}
		if err != nil {
			return got, u, err
		}
		got = append(got, row[0])
	}
}
