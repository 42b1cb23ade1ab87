package trino_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"limnograph"
	"limnograph/schema"
	"limnograph/trino"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// coordinator answers a statement with pages, the way Trino does. It is for what a real one can't be made to do; the
// suite of engines runs on Trino itself (package peers).
type coordinator struct {
	*httptest.Server
	pages []answer // of the statement, in order; the last one has no successor

	mu      sync.Mutex // guards what follows
	seen    []*http.Request
	bodies  []string
	ended   []string // addresses of DELETE
	holding chan struct{}
}

// answer is a page, or what comes instead of it the first times.
type answer struct {
	page   map[string]any
	text   string // sent as it is, when page is nil
	status int    // 0: 200
	cut    int    // so often the connection is cut instead
	busy   int    // so often 503 comes instead
	hold   bool   // it comes when the asker has gone
}

func start(t *testing.T, pages ...answer) *coordinator {
	t.Helper()
	c := &coordinator{pages: pages, holding: make(chan struct{}, 8)}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

func (c *coordinator) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.seen, c.bodies = append(c.seen, r), append(c.bodies, string(body))
	c.mu.Unlock()
	if r.Method == http.MethodDelete {
		c.mu.Lock()
		c.ended = append(c.ended, r.URL.Path)
		c.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	n := 0
	if r.Method == http.MethodGet {
		fmt.Sscanf(r.URL.Path, "/v1/statement/executing/20261124_000000_00001_aaaaa/slug/%d", &n)
	}
	c.answer(w, r, n)
}

func (c *coordinator) answer(w http.ResponseWriter, r *http.Request, n int) {
	c.mu.Lock()
	a := c.pages[n]
	switch {
	case a.cut > 0:
		c.pages[n].cut--
	case a.busy > 0:
		c.pages[n].busy--
	}
	c.mu.Unlock()
	switch {
	case a.cut > 0:
		panic(http.ErrAbortHandler)
	case a.busy > 0:
		http.Error(w, "secret words of a proxy", http.StatusServiceUnavailable)
		return
	case a.hold:
		c.holding <- struct{}{}
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	if a.page == nil {
		io.WriteString(w, a.text)
		return
	}
	io.WriteString(w, c.write(n, a.page))
}

// write puts the members in Trino's order.
func (c *coordinator) write(n int, page map[string]any) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"id":"20261124_000000_00001_aaaaa","infoUri":"%s/ui/query.html"`, c.URL)
	if n < len(c.pages)-1 {
		fmt.Fprintf(&b, `,"nextUri":"%s/v1/statement/executing/20261124_000000_00001_aaaaa/slug/%d"`, c.URL, n+1)
	}
	for _, name := range []string{"columns", "data", "stats", "error"} {
		if v, ok := page[name]; ok {
			text, err := json.Marshal(v)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(&b, `,"%s":%s`, name, text)
		}
	}
	return b.String() + `,"warnings":[]}`
}

func (c *coordinator) deleted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.ended...)
}

// stats are the statistics of a page.
func stats(read int64) map[string]any {
	return map[string]any{"state": "RUNNING", "rootStage": map[string]any{"physicalInputBytes": 1}, "physicalInputBytes": read}
}

// column is a column of a page with a type without parameters.
func column(name, kind string) map[string]any {
	return map[string]any{"name": name, "type": kind, "typeSignature": map[string]any{"rawType": kind, "arguments": []any{}}}
}

// numbers is a page with a bigint column n.
func numbers(read int64, values ...int) answer {
	data := make([][]int, len(values))
	for i, v := range values {
		data[i] = []int{v}
	}
	return answer{page: map[string]any{"columns": []any{column("n", "bigint")}, "data": data, "stats": stats(read)}}
}

// waiting is a page without columns.
func waiting() answer { return answer{page: map[string]any{"stats": stats(0)}} }

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

func open(t *testing.T, url string, configure ...func(*trino.Config)) *trino.Engine {
	t.Helper()
	cfg := trino.Config{
		URL: url, User: "limno", Schema: "lake", HTTPClient: client(t), RetryFor: 2 * time.Second,
		Published: func(context.Context) ([]limnograph.Schema, error) { return schema.Builtin(), nil },
	}
	for _, c := range configure {
		c(&cfg)
	}
	e, err := trino.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

var admin = limnograph.Principal{Name: "admin", Admin: true}

// ask returns the values of the first column.
func ask(ctx context.Context, e *trino.Engine, q limnograph.Query) (got []any, err error) {
	rows, err := e.Query(ctx, admin, q)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got = append(got, row[0])
	}
}
