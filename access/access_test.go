package access_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/access"
)

// fake is an engine with one result or one error.
type fake struct {
	err    error
	rows   [][]any
	failAt int // Next fails after that many rows, when positive
	calls  int
}

func (f *fake) Query(context.Context, limnograph.Principal, limnograph.Query) (limnograph.Rows, error) {
	f.calls++
	if f.err != nil {
		return nil, f.err
	}
	return &fakeRows{fake: f}, nil
}

func (f *fake) Export(_ context.Context, _ limnograph.Principal, _ limnograph.Query, w io.Writer) error {
	f.calls++
	if f.err != nil {
		return f.err
	}
	_, err := io.WriteString(w, "PAR1")
	return err
}

type fakeRows struct {
	fake *fake
	n    int
}

func (r *fakeRows) Columns() []limnograph.Column {
	return []limnograph.Column{{Name: "x", Type: "VARCHAR"}}
}

func (r *fakeRows) Next() ([]any, error) {
	if r.fake.failAt > 0 && r.n == r.fake.failAt {
		return nil, &limnograph.Error{Code: limnograph.CodeTimeout, Op: "read result"}
	}
	if r.n == len(r.fake.rows) {
		return nil, io.EOF
	}
	r.n++
	return r.fake.rows[r.n-1], nil
}

func (r *fakeRows) Close() error { return nil }

// guarded returns a guard whose clock moves 5 ms at each look, and its audit lines.
func guarded(f *fake) (*access.Guard, func(t *testing.T) []map[string]any) {
	var b bytes.Buffer
	var mu sync.Mutex
	now := time.Unix(0, 0)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(5 * time.Millisecond)
		return now
	}
	g := access.New(f, slog.New(slog.NewJSONHandler(&b, nil)), clock)
	return g, func(t *testing.T) []map[string]any {
		t.Helper()
		var lines []map[string]any
		for line := range strings.Lines(b.String()) {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			delete(m, "time")
			delete(m, "level")
			lines = append(lines, m)
		}
		return lines
	}
}

var admin = limnograph.Principal{Name: "admin", Admin: true}

const selectHash = "e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5" // of SELECT 1

func TestAuditLine(t *testing.T) {
	query := limnograph.Query{Name: "sql", SQL: "SELECT 1", Untrusted: true}
	line := func(changes map[string]any) map[string]any {
		m := map[string]any{
			"msg": "access", "who": "admin", "what": "query", "query": "sql", "outcome": "allowed",
			"sql": "SELECT 1", "sql_sha256": selectHash, "rows": 0.0, "bytes": 0.0, "ms": 5.0,
		}
		for k, v := range changes {
			m[k] = v
		}
		return m
	}
	tests := map[string]struct {
		fake  fake
		who   limnograph.Principal
		calls int
		want  map[string]any
	}{
		"Allowed": {
			fake{rows: [][]any{{"abc", int64(1)}, {nil, map[string]any{"k": []any{"v", true}}}, {[]byte("xy"), 1.5}}},
			admin, 1,
			line(map[string]any{"rows": 3.0, "bytes": 3.0 + 8 + 1 + 1 + 8 + 2 + 8}),
		},
		"DeniedNobody": {
			fake{},
			limnograph.Principal{},
			0,
			line(map[string]any{"who": "", "outcome": "denied", "code": "unauthorized", "err": "authorize: nobody is signed in (send the admin token)"}),
		},
		"DeniedOther": {
			fake{},
			limnograph.Principal{Name: "eve"},
			0,
			line(map[string]any{"who": "eve", "outcome": "denied", "code": "forbidden", "err": "authorize: eve may not read the published tables (use the admin token)"}),
		},
		"DeniedByEngine": {
			fake{err: &limnograph.Error{Code: limnograph.CodeForbidden, Op: "check query"}},
			admin, 1,
			line(map[string]any{"outcome": "denied", "code": "forbidden", "err": "check query"}),
		},
		"Failed": {
			fake{err: errors.New("broken")},
			admin, 1,
			line(map[string]any{"outcome": "failed", "code": "internal", "err": "broken"}),
		},
		"FailedWhileReading": {
			fake{rows: [][]any{{"a"}, {"b"}}, failAt: 1},
			admin, 1,
			line(map[string]any{"outcome": "failed", "rows": 1.0, "bytes": 1.0, "code": "timeout", "err": "read result"}),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g, lines := guarded(&tt.fake)
			rows, err := g.Query(t.Context(), tt.who, query)
			if err == nil {
				for err == nil {
					_, err = rows.Next()
				}
				if err := errors.Join(rows.Close(), rows.Close()); err != nil {
					t.Error(err)
				}
			}
			if tt.fake.calls != tt.calls {
				t.Errorf("the engine was called %d times, want %d", tt.fake.calls, tt.calls)
			}
			if diff := cmp.Diff([]map[string]any{tt.want}, lines(t)); diff != "" {
				t.Errorf("audit (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExportIsAudited(t *testing.T) {
	g, lines := guarded(&fake{})
	var b bytes.Buffer
	if err := g.Export(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"}, &b); err != nil || b.String() != "PAR1" {
		t.Errorf("%q, %v", b.String(), err)
	}
	if err := g.Export(t.Context(), limnograph.Principal{Name: "eve"}, limnograph.Query{}, &b); limnograph.ErrorCode(err) != limnograph.CodeForbidden {
		t.Errorf("eve: %v", err)
	}
	got := lines(t)
	if len(got) != 2 || got[0]["what"] != "export" || got[0]["bytes"] != 4.0 || got[1]["outcome"] != "denied" {
		t.Errorf("%v", got)
	}
}

// plain is an engine without exports.
type plain struct{ limnograph.Engine }

func TestExportOfAnEngineWithoutIt(t *testing.T) {
	var b, audit bytes.Buffer
	g := access.New(plain{&fake{}}, slog.New(slog.NewJSONHandler(&audit, nil)), nil)
	err := g.Export(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"}, &b)
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), "this engine exports no Parquet (use CSV, or engine duckdb)") || b.Len() > 0 {
		t.Errorf("%v", err)
	}
	if line := audit.String(); !strings.Contains(line, `"what":"export"`) || !strings.Contains(line, `"outcome":"failed"`) {
		t.Errorf("audit %s", line)
	}
}

// metered are rows, or an error, of an engine that counts.
type metered struct {
	limnograph.Rows
	error
}

func (metered) Usage() limnograph.Usage {
	return limnograph.Usage{BytesScanned: 1 << 30, CostUSD: 0.25}
}

type meteredEngine struct{ fails bool }

func (m meteredEngine) Query(context.Context, limnograph.Principal, limnograph.Query) (limnograph.Rows, error) {
	if m.fails {
		return nil, errors.Join(metered{error: errors.New("stopped")})
	}
	return metered{Rows: &fakeRows{fake: &fake{}}}, nil
}

func TestUsageIsAudited(t *testing.T) {
	for name, engine := range map[string]meteredEngine{"Rows": {}, "Error": {fails: true}} {
		t.Run(name, func(t *testing.T) {
			var audit bytes.Buffer
			rows, err := access.New(engine, slog.New(slog.NewJSONHandler(&audit, nil)), nil).Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"})
			if (err != nil) != engine.fails {
				t.Fatal(err)
			}
			if err == nil {
				if got := rows.(limnograph.Metered).Usage(); got.BytesScanned != 1<<30 {
					t.Errorf("the guard hides the usage: %+v", got)
				}
				rows.Close()
			}
			if line := audit.String(); !strings.Contains(line, `"scanned_bytes":1073741824,"cost_usd":0.25`) {
				t.Errorf("audit %s", line)
			}
		})
	}
}

// The text of a panel is known by its name and hash; writing it at each refresh would fill the file.
func TestPanelsAreAuditedByName(t *testing.T) {
	g, lines := guarded(&fake{})
	rows, err := g.Query(t.Context(), admin, limnograph.Query{Name: "runs", SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	got := lines(t)[0]
	if _, ok := got["sql"]; ok || got["query"] != "runs" || got["sql_sha256"] != selectHash {
		t.Errorf("%v", got)
	}
}

func TestLongStatementIsClipped(t *testing.T) {
	g, lines := guarded(&fake{})
	sql := strings.Repeat("é", 5000) + "\xff"
	rows, err := g.Query(t.Context(), admin, limnograph.Query{SQL: sql, Untrusted: true})
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	got := lines(t)[0]["sql"].(string)
	if len(got) > 4100 || !strings.HasSuffix(got, "é...") {
		t.Errorf("%d bytes, ends %q", len(got), got[len(got)-10:])
	}
}

func TestTokens(t *testing.T) {
	tokens := access.NewTokens("secret-token-of-the-admin")
	tests := map[string]bool{"secret-token-of-the-admin": true, "": false, "secret-token-of-the-admi": false, "secret-token-of-the-admin ": false, "other": false}
	for token, want := range tests {
		p, ok := tokens.Authenticate(token)
		if ok != want || ok != p.Admin || ok != (p.Name == access.AdminName) {
			t.Errorf("%q: %+v, %v", token, p, ok)
		}
	}
	if _, ok := access.NewTokens("").Authenticate(""); ok {
		t.Error("the empty token lets in")
	}
}

func TestCollectorTokens(t *testing.T) {
	tokens := access.NewTokens("admin-token", access.CollectorToken{Token: "first"}, access.CollectorToken{Name: "airflow", Token: "second"},
		access.CollectorToken{Token: "admin-token"}, access.CollectorToken{Name: "nobody"})
	for token, want := range map[string]limnograph.Principal{
		"admin-token": {Name: "admin", Admin: true},
		"first":       {Name: "collector", Collects: true},
		"second":      {Name: "airflow", Collects: true},
		"":            {},
		"third":       {},
	} {
		if p, ok := tokens.Authenticate(token); p != want || ok != (want.Name != "") {
			t.Errorf("%q: %+v, %v", token, p, ok)
		}
	}
	collects, _ := tokens.Authenticate("first")
	g, _ := guarded(&fake{})
	if _, err := g.Query(t.Context(), collects, limnograph.Query{SQL: "SELECT 1"}); limnograph.ErrorCode(err) != limnograph.CodeForbidden {
		t.Errorf("a collector reads tables: %v", err)
	}
}

func TestSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin-token")
	token, created, err := access.LoadOrCreateSecret(path, rand.Reader)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 {
		t.Errorf("token %q", token)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, created, err := access.LoadOrCreateSecret(path, rand.Reader)
	if err != nil || created || again != token {
		t.Errorf("second call: %q, %v, %v", again, created, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestSecretOfOneOfManyProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin-token")
	var mu sync.Mutex
	tokens := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			token, _, err := access.LoadOrCreateSecret(path, rand.Reader)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			tokens[token] = true
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(tokens) != 1 {
		t.Errorf("%d different tokens", len(tokens))
	}
}

func TestSecretErrors(t *testing.T) {
	write := func(content string, mode os.FileMode) func(string) {
		return func(path string) {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := map[string]struct {
		prepare func(path string)
		random  io.Reader
		want    limnograph.Code
	}{
		"OpenToOthers": {write("0123456789abcdef0123456789abcdef\n", 0o644), rand.Reader, limnograph.CodeInvalid},
		"Empty":        {write("", 0o600), rand.Reader, limnograph.CodeInvalid},
		"Short":        {write("short\n", 0o600), rand.Reader, limnograph.CodeInvalid},
		"TwoLines":     {write("0123456789abcdef\n0123456789abcdef\n", 0o600), rand.Reader, limnograph.CodeInvalid},
		"Huge":         {write(strings.Repeat("x", 5000), 0o600), rand.Reader, limnograph.CodeInvalid},
		"Folder":       {func(path string) { os.Mkdir(path, 0o700) }, rand.Reader, limnograph.CodeInvalid},
		"NoRandomness": {func(string) {}, iotest.ErrReader(errors.New("none")), limnograph.CodeInternal},
		"LittleRandom": {func(string) {}, strings.NewReader("few"), limnograph.CodeInternal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "admin-token")
			tt.prepare(path)
			token, created, err := access.LoadOrCreateSecret(path, tt.random)
			if limnograph.ErrorCode(err) != tt.want || token != "" || created {
				t.Errorf("%q, %v, %v", token, created, err)
			}
		})
	}
	if _, _, err := access.LoadOrCreateSecret(filepath.Join(t.TempDir(), "no", "admin-token"), rand.Reader); limnograph.ErrorCode(err) != limnograph.CodeInternal {
		t.Errorf("no folder: %v", err)
	}
}
