package trino_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/trino"
)

func TestOpenRefuses(t *testing.T) {
	tests := map[string]func(*trino.Config){
		"NoURL":                func(c *trino.Config) { c.URL = "" },
		"NoUser":               func(c *trino.Config) { c.User = "" },
		"NoSchema":             func(c *trino.Config) { c.Schema = "" },
		"NoPublished":          func(c *trino.Config) { c.Published = nil },
		"AnotherScheme":        func(c *trino.Config) { c.URL = "ftp://trino.example.net" },
		"NoHost":               func(c *trino.Config) { c.URL = "https://" },
		"NoAddress":            func(c *trino.Config) { c.URL = "trino.example.net:8443" },
		"BrokenAddress":        func(c *trino.Config) { c.URL = "https://user:hunter2@trino.example.net:port" },
		"UserInURL":            func(c *trino.Config) { c.URL = "https://user:hunter2@trino.example.net" },
		"PathInURL":            func(c *trino.Config) { c.URL = "https://trino.example.net/ui" },
		"PasswordInPlainText":  func(c *trino.Config) { c.Password = "hunter2" },
		"SettingsBehindTheURL": func(c *trino.Config) { c.URL += "?SSLVerification=NONE" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := trino.Config{
				URL: "http://127.0.0.1:1", User: "limno", Schema: "lake",
				Published: func(context.Context) ([]limnograph.Schema, error) { return nil, nil },
			}
			change(&cfg)
			_, err := trino.Open(cfg)
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

// What is sent is the checked, bound text, with the names and the limit of the engine.
func TestRequest(t *testing.T) {
	c := start(t, waiting(), numbers(0, 1))
	e := open(t, c.URL, func(cfg *trino.Config) { cfg.Catalog = "lakehouse" })
	q := limnograph.Query{SQL: "SELECT $x ;\n", Params: map[string]any{"x": "it's"}, Timeout: 1500 * time.Millisecond}
	if _, err := ask(t.Context(), e, q); err != nil {
		t.Fatal(err)
	}
	if sent := strings.Join(strings.Fields(c.bodies[0]), " "); sent != "SELECT 'it''s'" {
		t.Errorf("sent %q", sent)
	}
	for name, want := range map[string]string{
		"X-Trino-User": "limno", "X-Trino-Source": "limno", "X-Trino-Catalog": "lakehouse", "X-Trino-Schema": "lake",
		"X-Trino-Time-Zone": "UTC", "X-Trino-Session": "query_max_run_time=1500ms", "X-Trino-Query-Data-Encoding": "", "Authorization": "",
	} {
		if got := c.seen[0].Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A password goes over TLS with every request, the one that ends a query too.
func TestPassword(t *testing.T) {
	c := &coordinator{pages: []answer{waiting(), {hold: true}}, holding: make(chan struct{}, 1)}
	c.Server = httptest.NewTLSServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	e := open(t, c.URL, func(cfg *trino.Config) { cfg.Password, cfg.HTTPClient = "hunter2", c.Client() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-c.holding
		cancel()
	}()
	if _, err := ask(ctx, e, limnograph.Query{SQL: "SELECT 1"}); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
	for _, r := range c.seen {
		if user, password, ok := r.BasicAuth(); !ok || user != "limno" || password != "hunter2" {
			t.Errorf("%s %s without the password", r.Method, r.URL.Path)
		}
	}
	if len(c.deleted()) == 0 {
		t.Error("the query was not ended")
	}
}

func TestUnpublishedNamesAreRefusedBeforeAsking(t *testing.T) {
	c := start(t, numbers(0, 1))
	_, err := ask(t.Context(), open(t, c.URL), limnograph.Query{SQL: "SELECT * FROM secrets", Untrusted: true})
	if limnograph.ErrorCode(err) != limnograph.CodeForbidden || len(c.seen) > 0 {
		t.Errorf("%v after %d requests", err, len(c.seen))
	}
}

func TestPublishedFails(t *testing.T) {
	broken := &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "list tables"}
	e := open(t, start(t, numbers(0, 1)).URL, func(c *trino.Config) {
		c.Published = func(context.Context) ([]limnograph.Schema, error) { return nil, broken }
	})
	if _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// The usage is that of the last page, whatever the rows look like, and however much the reader is behind.
func TestUsage(t *testing.T) {
	liar := map[string]any{"stats": map[string]any{"physicalInputBytes": 999}}
	text := `{"stats":{"physicalInputBytes":999}}`
	for name, pages := range map[string][]answer{
		"AfterTheRows": {
			waiting(),
			{page: map[string]any{
				"columns": []any{column("x", "varchar")}, "stats": stats(50),
				"data": [][]string{{text}, {strings.Repeat("x", 1<<20)}, {text}},
			}},
			{page: map[string]any{"columns": []any{column("x", "varchar")}, "stats": stats(1234)}},
		},
		"WithTheRows": {
			waiting(), {page: map[string]any{"columns": []any{column("x", "BingTile")}, "data": [][]any{{liar}}, "stats": stats(1234)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := open(t, start(t, pages...).URL).Query(t.Context(), admin, limnograph.Query{SQL: "SELECT x"})
			if err != nil {
				t.Fatal(err)
			}
			if err := drain(rows); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			if got := rows.(limnograph.Metered).Usage(); got != (limnograph.Usage{BytesScanned: 1234}) {
				t.Errorf("%+v", got)
			}
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A query that fails late says what it has read until then.
func TestUsageOfAFailure(t *testing.T) {
	failed := answer{page: map[string]any{"stats": stats(77), "error": map[string]any{"errorName": "DIVISION_BY_ZERO", "errorType": "USER_ERROR"}}}
	_, err := ask(t.Context(), open(t, start(t, waiting(), failed).URL), limnograph.Query{SQL: "SELECT 1"})
	var m interface {
		error
		limnograph.Metered
	}
	if !errors.As(err, &m) || m.Usage().BytesScanned != 77 || limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("%v", err)
	}
}

// A lost or refused page is asked for again.
func TestTransientFailures(t *testing.T) {
	busy, lost := waiting(), numbers(0, 1, 2)
	busy.busy, lost.cut = 2, 2
	c := start(t, busy, lost, numbers(0, 3))
	got, err := ask(t.Context(), open(t, c.URL), limnograph.Query{SQL: "SELECT 1"})
	if want := []any{int64(1), int64(2), int64(3)}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

// A reader that neither reads on nor closes does not keep others out for longer than its time limit.
func TestPlaceIsFreeAfterTimeLimit(t *testing.T) {
	c := start(t, waiting(), numbers(0, 1), numbers(0, 2), numbers(0, 3), numbers(0, 4), numbers(0, 5))
	e := open(t, c.URL, func(cfg *trino.Config) { cfg.MaxConcurrent = 1 })
	stalled, err := e.Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1", Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"}); err != nil || len(got) != 5 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := stalled.Next(); limnograph.ErrorCode(err) != limnograph.CodeTimeout {
		t.Errorf("after the time limit: %v", err)
	}
	if err := errors.Join(stalled.Close(), stalled.Close()); err != nil {
		t.Error(err)
	}
}

func TestBusyEngine(t *testing.T) {
	e := open(t, start(t, waiting(), numbers(0, 1), numbers(0, 2)).URL, func(c *trino.Config) { c.MaxConcurrent = 1 })
	rows, err := e.Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1", Timeout: 20 * time.Millisecond}); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		t.Errorf("%v", err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}
