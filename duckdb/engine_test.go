package duckdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/duckdb"
)

// filesRead counts the objects that a statement opens.
func (l *lake) filesRead(q limnograph.Query) string {
	l.t.Helper()
	q.SQL = `SELECT * FROM (` + q.SQL + `)`
	plan, err := l.engine.ExplainAnalyze(l.t.Context(), q)
	if err != nil {
		l.t.Fatal(err)
	}
	m := regexp.MustCompile(`Total Files Read: (\d+)`).FindStringSubmatch(plan)
	if m == nil {
		l.t.Fatalf("no file count in\n%s", plan)
	}
	return m[1]
}

// TestPruning counts the files that a query opens.
func TestPruning(t *testing.T) {
	l := newLake(t)
	for day := range 3 {
		for hour := range 4 {
			at := noon.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
			l.object(at, point{ts: fmt.Sprint(at.UnixMilli())}.line())
		}
	}
	files := l.tables["glue_metrics"].Files
	for i := range files { // each object holds its own minute
		at := noon.AddDate(0, 0, i/4).Add(time.Duration(i%4) * time.Hour)
		files[i].Lines, files[i].MinTime, files[i].MaxTime = 1, at.UnixMilli(), at.UnixMilli()
	}
	files[0].Lines, files[11].Lines = 0, 0 // unknown bounds: only one arrived late enough to be of use for the range
	hour := limnograph.TimeRange{From: noon.AddDate(0, 0, 2), To: noon.AddDate(0, 0, 2).Add(time.Hour)}
	tests := map[string]struct {
		from, where string
		r           limnograph.TimeRange
		want        string
	}{
		"Everything":             {"raw_glue_metrics", "true", limnograph.TimeRange{}, "12"},
		"Day":                    {"raw_glue_metrics", `"day" = '25'`, limnograph.TimeRange{}, "4"},
		"YearMonthDay":           {"raw_glue_metrics", `year = '2026' AND month = '11' AND day = '25'`, limnograph.TimeRange{}, "4"},
		"DayBetween":             {"raw_glue_metrics", `day BETWEEN '25' AND '26'`, limnograph.TimeRange{}, "8"},
		"Hour":                   {"raw_glue_metrics", `hour = '13'`, limnograph.TimeRange{}, "3"},
		"DayOfFlat":              {"raw_glue_metrics_flat", `day = '25'`, limnograph.TimeRange{}, "4"},
		"DateOfFlat":             {"raw_glue_metrics_flat", `year || '-' || month || '-' || day >= '2026-11-25'`, limnograph.TimeRange{}, "8"},
		"RangeKeepsUnknown":      {"raw_glue_metrics", "true", hour, "2"},
		"RangeOfFlat":            {"raw_glue_metrics_flat", "true", hour, "2"},
		"RangeAndDayOfFlat":      {"raw_glue_metrics_flat", "day = '26'", hour, "2"},
		"NumberGivesTheSameRows": {"raw_glue_metrics", "day = 25", limnograph.TimeRange{}, "12"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sql := `SELECT count("sum"), count(*) FROM (SELECT *, 1 AS one FROM ` + tt.from + ` WHERE ` + tt.where + `)`
			sql = strings.Replace(sql, `count("sum"), `, "", 1)
			if got := l.filesRead(limnograph.Query{SQL: sql, Range: tt.r}); got != tt.want {
				t.Errorf("%s files were read, want %s", got, tt.want)
			}
		})
	}
	for _, where := range []string{"day = '25'", "day = 25", "cast(day AS int) = 25"} {
		if got := l.query(`SELECT count(*) FROM raw_glue_metrics_flat WHERE ` + where); got[0] != "4" {
			t.Errorf("%s: %s rows", where, got[0])
		}
	}
}

func TestValues(t *testing.T) {
	l := newLake(t)
	rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: `SELECT NULL, true, 1::TINYINT, 2::UINTEGER, 3::BIGINT, 18446744073709551615::UBIGINT, 4::HUGEINT,
		1.5::FLOAT, 2.5::DOUBLE, 'nan'::DOUBLE, 12.50::DECIMAL(6,2), 'text', '\xAB'::BLOB, DATE '2026-11-24', TIMESTAMP '2026-11-24 01:02:03.004',
		TIMESTAMPTZ '2026-11-24 01:02:03+02', TIME '01:02:03', INTERVAL '1 day', map {'a': 1, 'b': NULL}, [1, NULL], {'x': 1, 'y': 'z'},
		uuid '00112233-4455-6677-8899-aabbccddeeff', 'x'::ENUM('x','y'), '{"a":[1]}'::JSON, map {'d': 1.5::DECIMAL(3,1)}`, Untrusted: true})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	row, err := rows.Next()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 1, 2, 3, 4e6, time.UTC)
	want := []any{
		nil, true, int64(1), int64(2), int64(3), "18446744073709551615", "4",
		1.5, 2.5, "NaN", "12.50", "text",
		[]byte{0xab},
		"2026-11-24", at,
		time.Date(2026, 11, 23, 23, 2, 3, 0, time.UTC), "01:02:03", "0 months 1 days 0s",
		map[string]any{"a": int64(1), "b": nil},
		[]any{int64(1), nil},
		map[string]any{"x": int64(1), "y": "z"},
		"00112233-4455-6677-8899-aabbccddeeff", "x",
		map[string]any{"a": []any{float64(1)}},
		map[string]any{"d": "1.5"},
	}
	got := append([]any{}, row...)
	if f, ok := got[9].(float64); ok && f != f {
		got[9] = "NaN"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var types []string
	for _, c := range rows.Columns() {
		types = append(types, c.Type)
	}
	for _, want := range []string{"BOOLEAN", "BIGINT", "HUGEINT", "DECIMAL(6,2)", "VARCHAR", "TIMESTAMP WITH TIME ZONE", "MAP(VARCHAR, INTEGER)"} {
		if !strings.Contains(strings.Join(types, ";"), want) {
			t.Errorf("no column of type %s in %v", want, types)
		}
	}
	if _, err := rows.Next(); err != io.EOF {
		t.Errorf("after the last row: %v", err)
	}
}

func TestParameters(t *testing.T) {
	l := newLake(t)
	l.object(noon, point{}.line())
	q := limnograph.Query{
		SQL:    `SELECT count(*), $text, $number + 1, $real, $flag FROM raw_glue_metrics_flat WHERE ts >= $from AND ts < $to AND job_name = $job`,
		Params: map[string]any{"text": "it's", "number": int64(41), "real": 1.5, "flag": true, "from": noon, "to": noon.Add(time.Second), "job": "load"},
	}
	got, err := l.run(q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1|it's|42|1.5|true"}, got); diff != "" {
		t.Error(diff)
	}
	q.Params["from"] = noon.Add(time.Hour)
	if got, _ := l.run(q); len(got) != 1 || !strings.HasPrefix(got[0], "0|") {
		t.Errorf("after the hour: %v", got)
	}
}

func TestExport(t *testing.T) {
	l := newLake(t)
	l.object(noon, point{}.line())
	var b bytes.Buffer
	q := limnograph.Query{SQL: `SELECT job_name, "sum" FROM raw_glue_metrics_flat; -- )`, Untrusted: true}
	if err := l.engine.Export(t.Context(), admin, q, &b); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("PAR1")) || !bytes.HasSuffix(b.Bytes(), []byte("PAR1")) {
		t.Errorf("no Parquet file: %q", b.Bytes())
	}
	for name, sql := range map[string]string{"Forbidden": `SELECT * FROM read_text('/etc/passwd')`, "Invalid": `SELECT nothing FROM raw_glue_metrics`} {
		b.Reset()
		if err := l.engine.Export(t.Context(), admin, limnograph.Query{SQL: sql, Untrusted: true}, &b); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	b.Reset()
	q = limnograph.Query{SQL: `SELECT $x AS x`, Params: map[string]any{"x": int64(7)}}
	if err := l.engine.Export(t.Context(), admin, q, &b); err != nil {
		t.Errorf("with parameters: %v", err)
	}
}

func TestTimeLimit(t *testing.T) {
	l := newLake(t, func(c *duckdb.Config) { c.Timeout = 300 * time.Millisecond })
	for _, sql := range []string{
		`SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = -1`,
		`WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r`,
	} {
		_, err := l.run(limnograph.Query{SQL: sql, Timeout: time.Hour})
		if limnograph.ErrorCode(err) != limnograph.CodeTimeout {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if got := l.query("SELECT 1"); got[0] != "1" {
		t.Error("the engine does not answer any more")
	}
}

func TestCancellation(t *testing.T) {
	l := newLake(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := l.engine.Query(ctx, admin, limnograph.Query{SQL: `SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = -1`})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestMemoryLimit(t *testing.T) {
	l := newLake(t, func(c *duckdb.Config) { c.MemoryLimit = 64 << 20 })
	for _, sql := range []string{
		`SELECT list(range) FROM range(100000000)`,
		`SELECT repeat('a', 100000000000)`,
		`SELECT lpad('a', 2000000000, 'b')`,
		`SELECT list_sum(range(100000000000))`,
		`SELECT count(*) FROM unnest(sequence(1, 100000000000))`,
	} {
		rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: sql, Untrusted: true})
		if err == nil {
			rows.Close()
			t.Errorf("%s was run", sql)
		}
	}
	if got := l.query("SELECT 1"); got[0] != "1" {
		t.Error("the engine does not answer any more")
	}
}

func TestConcurrencyLimit(t *testing.T) {
	l := newLake(t, func(c *duckdb.Config) { c.MaxConcurrent = 1 })
	first, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = l.engine.Query(ctx, admin, limnograph.Query{SQL: "SELECT 2"})
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		t.Errorf("a second query: %v", err)
	}
	if err := errors.Join(first.Close(), first.Close()); err != nil {
		t.Error(err)
	}
	if got := l.query("SELECT 3"); got[0] != "3" {
		t.Error("the place was not given back")
	}
}

// TestSessionsAreFresh: nothing that a query sets survives it.
func TestSessionsAreFresh(t *testing.T) {
	l := newLake(t)
	l.object(noon, point{}.line())
	if got := l.query("SELECT count(*) FROM raw_glue_metrics"); got[0] != "1" {
		t.Fatal(got)
	}
	got, err := l.run(limnograph.Query{SQL: "SELECT getvariable('files_glue_metrics')"})
	if err != nil || got[0] != "NULL" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSchemaAddedAndChangedWhileRunning(t *testing.T) {
	l := newLake(t)
	l.publish(mustParse(t, "namespace: AWS/EBS\ndimensions: [VolumeId]\n"))
	if got := l.query(`SELECT count(*) FROM raw_ebs_metrics_flat WHERE volume_id = 'x'`); got[0] != "0" {
		t.Error(got)
	}
	l.publish(mustParse(t, "namespace: AWS/EBS\ndimensions: [VolumeId, Class]\n"))
	if got := l.query(`SELECT count(class) FROM raw_ebs_metrics_flat`); got[0] != "0" {
		t.Error(got)
	}
}

func TestOddDirectoryNames(t *testing.T) {
	base := filepath.Join(t.TempDir(), "da[1]t a%20'x")
	l := newLake(t, func(c *duckdb.Config) {
		c.Path = func(key string) string { return filepath.Join(base, filepath.FromSlash(key)) }
		c.TempDir = filepath.Join(base, "tmp")
		if err := os.MkdirAll(c.TempDir, 0o755); err != nil {
			t.Fatal(err)
		}
	})
	l.dir = base
	l.object(noon, point{}.line())
	if got := l.query("SELECT count(*) FROM raw_glue_metrics_flat"); got[0] != "1" {
		t.Error(got)
	}
	if got := l.query("SELECT count(*) FROM raw_other_metrics_flat"); got[0] != "0" {
		t.Error(got)
	}
}

func TestConfigRefused(t *testing.T) {
	good := duckdb.Config{
		Files: func() *limnograph.FileSet { return &limnograph.FileSet{} }, Path: func(key string) string { return "/data/" + key }, TempDir: t.TempDir(),
	}
	tests := map[string]struct {
		change func(*duckdb.Config)
		want   limnograph.Code
	}{
		"NoFiles":       {func(c *duckdb.Config) { c.Files = nil }, limnograph.CodeInvalid},
		"NoPath":        {func(c *duckdb.Config) { c.Path = nil }, limnograph.CodeInvalid},
		"NoTempDir":     {func(c *duckdb.Config) { c.TempDir = "" }, limnograph.CodeInvalid},
		"PatternInPath": {func(c *duckdb.Config) { c.Path = func(key string) string { return "/da*ta/" + key } }, limnograph.CodeInvalid},
		"LineInPath":    {func(c *duckdb.Config) { c.Path = func(key string) string { return "/da\nta/" + key } }, limnograph.CodeInvalid},
		"MissingFolder": {func(c *duckdb.Config) { c.TempDir += "/no" }, limnograph.CodeInternal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := good
			tt.change(&cfg)
			e, err := duckdb.Open(t.Context(), cfg)
			if err == nil {
				e.Close()
			}
			if got := limnograph.ErrorCode(err); got != tt.want {
				t.Errorf("%v has code %q, want %q", err, got, tt.want)
			}
		})
	}
}

func TestConcurrentQueriesWhileSchemasChange(t *testing.T) {
	l := newLake(t)
	l.object(noon, point{}.line())
	var mu sync.Mutex
	n := 0
	engine, err := duckdb.Open(t.Context(), duckdb.Config{
		Files: func() *limnograph.FileSet {
			mu.Lock()
			defer mu.Unlock()
			n++
			set := l.files()
			set.Tables = append(set.Tables, limnograph.TableFiles{Schema: mustParse(t, fmt.Sprintf("namespace: X/%d\ndimensions: [D]\n", n))})
			return set
		},
		Path: func(key string) string { return filepath.Join(l.dir, filepath.FromSlash(key)) }, TempDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				rows, err := engine.Query(t.Context(), admin, limnograph.Query{SQL: "SELECT count(*) FROM raw_glue_metrics_flat", Untrusted: true})
				if err != nil {
					t.Error(err)
					return
				}
				got, err := read(rows)
				if err = errors.Join(err, rows.Close()); err != nil || got[0] != "1" {
					t.Error(got, err)
				}
			}
		})
	}
	wg.Wait()
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
}

func TestTemporaryFolders(t *testing.T) {
	tmp := t.TempDir()
	abandoned := filepath.Join(tmp, "duckdb-old")
	if err := os.MkdirAll(filepath.Join(abandoned, "spill"), 0o755); err != nil {
		t.Fatal(err)
	}
	l := newLake(t, func(c *duckdb.Config) { c.TempDir = tmp })
	second := newLake(t, func(c *duckdb.Config) { c.TempDir = tmp })
	if _, err := os.Stat(abandoned); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a killed process is still there: %v", err)
	}
	if got := append(l.query("SELECT count(*) FROM raw_glue_metrics"), second.query("SELECT 1")...); len(got) != 2 {
		t.Errorf("one of two engines on a folder does not answer: %v", got)
	}
}

// TestLargeResultsArePaged: order, number and content survive the pages.
func TestLargeResultsArePaged(t *testing.T) {
	l := newLake(t, func(c *duckdb.Config) { c.MemoryLimit = 256 << 20 })
	for name, sql := range map[string]string{
		"ByRowID":            `SELECT range AS n FROM range(50000) ORDER BY n DESC`,
		"WithColumnRowid":    `SELECT range AS rowid FROM range(50000) ORDER BY 1 DESC`,
		"ExactlyPages":       `SELECT range AS n FROM range(32768) ORDER BY n DESC`,
		"WithTrailingSymbol": `SELECT range AS n FROM range(50000) ORDER BY n DESC;`,
	} {
		t.Run(name, func(t *testing.T) {
			got := l.query(sql)
			for i, row := range got {
				if row != fmt.Sprint(len(got)-1-i) {
					t.Fatalf("row %d is %s", i, row)
				}
			}
			if len(got) != 50000 && len(got) != 32768 {
				t.Errorf("%d rows", len(got))
			}
		})
	}
	if _, err := l.run(limnograph.Query{SQL: `SELECT a.* FROM information_schema.columns a, range(100000)`, Untrusted: true}); limnograph.ErrorCode(err) != limnograph.CodeTooLarge {
		t.Errorf("a huge answer of the catalogue: %v", err)
	}
}

// TestResultsCountAsMemory: a result beyond memory and disk limit is an error, not a crash.
func TestResultsCountAsMemory(t *testing.T) {
	l := newLake(t, func(c *duckdb.Config) { c.MemoryLimit = 32 << 20 })
	_, err := l.run(limnograph.Query{SQL: `SELECT range, repeat('abcdefgh', 1000) || range FROM range(200000)`, Untrusted: true})
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		t.Errorf("%v", err)
	}
	if got := l.query("SELECT 1"); got[0] != "1" {
		t.Error("the engine does not answer any more")
	}
}

func TestBindingErrorSaysWhere(t *testing.T) {
	l := newLake(t)
	_, err := l.run(limnograph.Query{SQL: "SELECT metric_name,\n  nothing FROM raw_glue_metrics", Untrusted: true})
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), "LINE 2:   nothing FROM") {
		t.Errorf("%v", err)
	}
}
