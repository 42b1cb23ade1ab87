package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSecondServerIsRefusedInWords(t *testing.T) {
	s := serve(t, t.TempDir())
	cmd := command(t.Context(), serverEnv(s.dir), "serve")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("a second server started on the same directory")
	}
	for _, want := range []string{s.dir, fmt.Sprint(s.cmd.Process.Pid), strings.TrimPrefix(s.url, "http://")} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the refusal does not name %s: %s", want, out)
		}
	}
}

// A restart publishes what the first process acknowledged; a stopped directory answers read-only.
func TestStopSealsAndTheDirectoryAnswersAlone(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "LIMNO_LANDING_SEAL_AFTER=60s")
	minute := time.Now().Truncate(time.Minute).UnixMilli()
	s.deliver(t, "s", accessKey, envelope("1", point("j", "jr_1", "m", minute, 1)))
	if err := s.stop(t, 20*time.Second); err != nil {
		t.Fatalf("Ctrl-C did not end cleanly: %v", err)
	}
	if got := queryDir(t, dir, "SELECT count(*) FROM raw_glue_metrics_flat"); got[0][0] != "1" {
		t.Errorf("the directory alone answers %v", got)
	}
	if n := serve(t, dir).number(t, "SELECT count(*) FROM raw_glue_metrics_flat"); n != 1 {
		t.Errorf("after a restart there are %d rows", n)
	}
}

func TestQueryFormats(t *testing.T) {
	s := serve(t, t.TempDir())
	const sql = `SELECT 1 AS a, 'x"y' AS b, NULL AS c`
	for format, want := range map[string]string{
		"csv":    "a,b,c\n1,\"x\"\"y\",\n",
		"ndjson": `{"a":1,"b":"x\"y","c":null}` + "\n",
		"table":  " a | b   | c \n---+-----+---\n 1 | x\"y |   \n(1 row)\n",
	} {
		if got := limno(t, serverEnv(s.dir), "query", "--format", format, sql); strings.ReplaceAll(got, "\r\n", "\n") != want {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
	if got := limno(t, []string{"HOME=" + t.TempDir()}, "query", "--url", s.url, "--token", adminToken, "--format", "ndjson", sql); !strings.HasPrefix(got, `{"a":1`) {
		t.Errorf("by address and token: %q", got)
	}
	if got := limno(t, serverEnv(s.dir), "query", "--format", "parquet", sql); !strings.HasPrefix(got, "PAR1") || !strings.HasSuffix(got, "PAR1") {
		t.Errorf("parquet: %d bytes that are no Parquet file", len(got))
	}
}

// Text of a person reads the published tables and nothing else.
func TestQueriesCannotLeaveThePublishedTables(t *testing.T) {
	s := serve(t, t.TempDir())
	for _, sql := range []string{
		"SELECT * FROM read_text('" + s.dir + "/admin-token')", "SELECT * FROM '" + s.dir + "/catalog.db'", "COPY (SELECT 1) TO '" + s.dir + "/x'",
		"ATTACH '" + s.dir + "/catalog.db'", "SELECT getenv('HOME')", "SET memory_limit='1TB'", "SELECT 1; SELECT 2", "SELECT * FROM glob('/**')",
		"SELECT * FROM duckdb_settings()", "INSTALL httpfs", "CREATE TABLE x (a INT)", "SELECT * FROM query('SELECT 1')",
	} {
		cmd := command(t.Context(), serverEnv(s.dir), "query", sql)
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("%s was answered: %s", sql, out)
		}
	}
}

func TestObservationNeedsATokenOnlyWhereItTells(t *testing.T) {
	s := serve(t, t.TempDir())
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 401, "/api/v1/fleet": 401, "/": 200} {
		if got := s.get(t, path, "").StatusCode; got != want {
			t.Errorf("%s without a token answered %d, want %d", path, got, want)
		}
	}
	s.deliver(t, "s", accessKey, envelope("1", point("j", "jr_1", "m", 1700000000000, 1)))
	resp := s.get(t, "/metrics", adminToken)
	var body bytes.Buffer
	_, _ = body.ReadFrom(resp.Body)
	for _, want := range []string{"process_cpu_seconds_total", "limno_firehose_requests_total", "limno_landing_bytes_total", "limno_build_info"} {
		if !strings.Contains(body.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/metrics answered %d", resp.StatusCode)
	}
}

// A simulated history in a directory comes in by import, once, whether or not a server runs.
func TestImportTwiceChangesNothing(t *testing.T) {
	objects, dir := t.TempDir(), t.TempDir()
	limno(t, nil, "simulate", "--to", objects, "--jobs", "6", "--from", "2026-03-01T00:00:00Z", "--until", "2026-03-01T06:00:00Z", "--ledger", filepath.Join(dir, "ledger.csv"))
	want := readLedger(t, filepath.Join(dir, "ledger.csv"))
	limno(t, serverEnv(dir), "import", objects)
	s := serve(t, dir)
	limno(t, serverEnv(dir), "import", objects)
	if n := s.number(t, "SELECT count(*) FROM raw_glue_metrics"); n != want.points+want.totals || n == 0 {
		t.Errorf("%d lines after two imports, the ledger has %d", n, want.points+want.totals)
	}
	if got := s.query(t, "SELECT DISTINCT year, month FROM raw_glue_metrics"); len(got) != 1 || got[0][0] != "2026" || got[0][1] != "03" {
		t.Errorf("arrival is not that of the keys: %v", got)
	}
}

// While a server holds the directory, an import goes through it.
func TestImportThroughTheServer(t *testing.T) {
	objects, s := t.TempDir(), serve(t, t.TempDir())
	ledger := filepath.Join(t.TempDir(), "ledger.csv")
	limno(t, nil, "simulate", "--to", objects, "--jobs", "3", "--from", "2026-03-01T00:00:00Z", "--until", "2026-03-01T04:00:00Z", "--ledger", ledger)
	want := readLedger(t, ledger)
	limno(t, serverEnv(s.dir), "import", objects)
	s.awaitCount(t, want.points+want.totals, "SELECT count(*) FROM raw_glue_metrics WHERE month = '03'")
}

// The token and the access key that the server makes up are for its own user alone.
func TestGeneratedSecretsArePrivate(t *testing.T) {
	dir := t.TempDir()
	p := start(t, []string{"LIMNO_DATA=" + dir, "LIMNO_LISTEN=127.0.0.1:0", "HOME=" + dir}, "serve")
	p.line(t, "Firehose", time.Minute)
	for _, name := range []string{"admin-token", "firehose-access-key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() < 32 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// After kill -9 the directory alone answers from what is sealed and says what is missing; the next start has it all.
func TestKilledDirectorySaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir, "LIMNO_LANDING_SEAL_AFTER=60s")
	s.deliver(t, "s", accessKey, envelope("1", point("j", "jr_1", "m", time.Now().UnixMilli(), 1)))
	s.kill()
	out, err := command(t.Context(), serverEnv(dir), "query", "--format", "csv", "SELECT count(*) AS n FROM raw_glue_metrics").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "unsealed") || !strings.HasSuffix(string(out), "n\n0\n") {
		t.Errorf("the killed directory answers %s (%v)", out, err)
	}
	if n := serve(t, dir).number(t, "SELECT count(*) FROM raw_glue_metrics"); n != 1 {
		t.Errorf("after the restart there are %d rows", n)
	}
}
