//go:build peers

package fast_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph/peers/lambdaruntime"
)

// weather stands before a server, throttles 5 % of the calls and loses the answer of 2 % of those that were carried out.
type weather struct {
	url string

	mu     sync.Mutex
	rand   *rand.Rand
	writes int // to Glue, throttled ones too
	faults int
}

func newWeather(t *testing.T, target, throttled string, status int) *weather {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	w := &weather{rand: rand.New(rand.NewPCG(11, 3))}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch p := w.roll(actionOf(r)); {
		case p < 0.05:
			rw.Header().Set("Content-Type", "application/x-amz-json-1.1")
			rw.WriteHeader(status)
			fmt.Fprint(rw, throttled)
		case p < 0.07:
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the connection breaks off
		default:
			proxy.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(front.Close)
	w.url = front.URL
	return w
}

func (w *weather) roll(action string) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.Contains(action, "Create") || strings.Contains(action, "Update") || strings.Contains(action, "Delete") {
		w.writes++
	}
	p := w.rand.Float64()
	if p < 0.07 {
		w.faults++
	}
	return p
}

// mailbox is a queue: what fails comes again, in any order.
type mailbox struct {
	mu       sync.Mutex
	rand     *rand.Rand
	messages []string
	flying   int
	failed   int
}

// take returns one to ten messages, none when all are dealt with.
func (m *mailbox) take() []string {
	for {
		m.mu.Lock()
		n := min(1+m.rand.IntN(10), len(m.messages))
		taken := slices.Clone(m.messages[:n])
		m.messages = m.messages[n:]
		m.flying += n
		ended := n == 0 && m.flying == 0
		m.mu.Unlock()
		if n > 0 || ended {
			return taken
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// settle takes back those of the messages whose ids (m1, m2, ...) failed.
func (m *mailbox) settle(taken []string, answer string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flying -= len(taken)
	for i, body := range taken {
		if strings.Contains(answer, fmt.Sprintf(`"m%d"`, i+1)) {
			m.messages = append(m.messages, body)
			m.failed++
		}
	}
	m.rand.Shuffle(len(m.messages), func(i, j int) { m.messages[i], m.messages[j] = m.messages[j], m.messages[i] })
}

// Sixteen processes, notifications twice and in any order, and services in bad weather: the catalogue is the truth, and
// there are hardly more writes than partitions.
func TestFunctionsInAStorm(t *testing.T) {
	r := newRoad(t)
	catalog := newWeather(t, pool.Moto(t).URL, `{"__type":"ThrottlingException","message":"Rate exceeded"}`, http.StatusBadRequest)
	store := newWeather(t, pool.VersityGW(t).URL, `<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>`, http.StatusServiceUnavailable)
	r.env = append(r.env, "AWS_ENDPOINT_URL_GLUE="+catalog.url, "AWS_ENDPOINT_URL_S3="+store.url, "LIMNO_LAMBDA_MODE=catalog")
	const hours = 40
	tables := []string{"glue_metrics", "other_metrics"}
	var messages, truth []string
	for i := range 6 * hours {
		arrival := noon.Add(-time.Duration(i%hours) * time.Hour)
		body := r.created(r.put(tables[i/hours%2], arrival, i))
		messages = append(messages, body, body)
	}
	for i := range hours {
		truth = append(truth, "123456789012@"+noon.Add(-time.Duration(hours-1-i)*time.Hour).Format("02T15"))
	}
	random := rand.New(rand.NewPCG(11, 4))
	random.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	box := &mailbox{rand: random, messages: messages}

	functions := make([]*lambdaruntime.Function, 16)
	for i := range functions {
		functions[i] = lambdaruntime.Start(t, r.bootstrap, r.env)
	}
	started := time.Now()
	var wg sync.WaitGroup
	for _, f := range functions {
		wg.Go(func() {
			for taken := box.take(); len(taken) > 0; taken = box.take() {
				document, failed := f.Invoke(t, batch(taken...), time.Minute)
				if failed != "" || !json.Valid(document) {
					t.Errorf("%s %s", document, failed)
				}
				box.settle(taken, string(document))
			}
		})
	}
	wg.Wait()
	for _, table := range tables {
		if diff := cmp.Diff(truth, r.partitions(table)); diff != "" {
			t.Errorf("%s (-truth +catalogue):\n%s", table, diff)
		}
	}
	partitions := len(tables) * hours
	t.Logf("%d messages, %d failed and came again; %d partitions, %d write calls; %d faults; %v",
		len(messages), box.failed, partitions, catalog.writes, catalog.faults+store.faults, time.Since(started))
	if catalog.writes > partitions*11/10 {
		t.Errorf("%d write calls for %d partitions", catalog.writes, partitions)
	}
	if catalog.faults < 10 || store.faults < 3 {
		t.Errorf("%d and %d faults: the weather was too mild", catalog.faults, store.faults)
	}
}
