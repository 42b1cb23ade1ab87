package duckdb_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/duckdb"
	"limnograph/objectkey"
	"limnograph/schema"
)

// lake is a landing folder with published objects and an engine over them.
type lake struct {
	t      testing.TB
	dir    string
	tables map[string]*limnograph.TableFiles
	seq    uint64
	stream string // of the objects to come
	engine *duckdb.Engine
}

func newLake(t testing.TB, configure ...func(*duckdb.Config)) *lake {
	t.Helper()
	l := &lake{t: t, dir: t.TempDir(), stream: "stream", tables: make(map[string]*limnograph.TableFiles)}
	l.publish(schema.Builtin()[0])
	l.publish(schema.Other())
	cfg := duckdb.Config{
		Files:   l.files,
		Path:    func(key string) string { return filepath.Join(l.dir, filepath.FromSlash(key)) },
		TempDir: t.TempDir(),
	}
	for _, c := range configure {
		c(&cfg)
	}
	engine, err := duckdb.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	l.engine = engine
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *lake) publish(s limnograph.Schema) {
	l.tables[s.Table] = &limnograph.TableFiles{Schema: s}
}

func (l *lake) files() *limnograph.FileSet {
	set := &limnograph.FileSet{Version: 1}
	for _, t := range l.tables {
		set.Tables = append(set.Tables, *t)
	}
	return set
}

// noon is the arrival time of most fixtures.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// object lands lines as one object of glue_metrics, with positions from 0.
func (l *lake) object(arrival time.Time, lines ...string) limnograph.File {
	l.t.Helper()
	return l.objectOf("glue_metrics", "default", arrival, lines...)
}

func (l *lake) objectOf(table, sender string, arrival time.Time, lines ...string) limnograph.File {
	l.t.Helper()
	for i, line := range lines {
		if strings.HasSuffix(line, "}") {
			lines[i] = fmt.Sprintf(`%s,"limno_position":%d}`, strings.TrimSuffix(line, "}"), i)
		}
	}
	return l.landed(table, sender, arrival, strings.Join(lines, "\n")+"\n")
}

// landed writes one object with the given content and publishes it with unknown bounds.
func (l *lake) landed(table, sender string, arrival time.Time, content string) limnograph.File {
	l.t.Helper()
	l.seq++
	key := objectkey.Landing{Table: table, Sender: sender, Stream: l.stream, Arrival: arrival, Sequence: l.seq}.Key()
	path := filepath.Join(l.dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, content)
	w.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		l.t.Fatal(err)
	}
	f := limnograph.File{Key: key, Size: int64(b.Len())}
	t := l.tables[table]
	t.Files = append(t.Files, f)
	return f
}

// rename gives the last object of glue_metrics another name in its folder.
func (l *lake) rename(name string) {
	l.t.Helper()
	files := l.tables["glue_metrics"].Files
	f := &files[len(files)-1]
	key := path.Join(path.Dir(f.Key), name)
	if err := os.Rename(filepath.Join(l.dir, f.Key), filepath.Join(l.dir, key)); err != nil {
		l.t.Fatal(err)
	}
	f.Key = key
}

var admin = limnograph.Principal{Name: "admin", Admin: true}

// query returns all rows of a person's statement, each as text with | between the values.
func (l *lake) query(sql string) []string {
	l.t.Helper()
	result, err := l.run(limnograph.Query{SQL: sql, Untrusted: true})
	if err != nil {
		l.t.Fatalf("%s: %v", sql, err)
	}
	return result
}

func (l *lake) run(q limnograph.Query) ([]string, error) {
	rows, err := l.engine.Query(l.t.Context(), admin, q)
	if err != nil {
		return nil, err
	}
	result, err := read(rows)
	return result, errors.Join(err, rows.Close())
}

func read(rows limnograph.Rows) ([]string, error) {
	var result []string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return result, nil
		}
		if err != nil {
			return result, err
		}
		result = append(result, rowText(row))
	}
}

func rowText(row []any) string {
	var b strings.Builder
	for i, v := range row {
		if i > 0 {
			b.WriteByte('|')
		}
		switch v := v.(type) {
		case nil:
			b.WriteString("NULL")
		case time.Time:
			b.WriteString(v.Format(time.RFC3339Nano))
		default:
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}

// point is a metric-stream line with defaults.
type point struct {
	account, metric, unit, value string
	dims                         string
	ts                           string
}

func (p point) line() string {
	or := func(s, def string) string {
		if s == "" {
			return def
		}
		return s
	}
	unit := `,"unit":"` + or(p.unit, "Count") + `"`
	if p.unit == "absent" {
		unit = ""
	}
	return fmt.Sprintf(`{"metric_stream_name":"s","account_id":"%s","region":"eu-west-1","namespace":"Glue","metric_name":"%s","dimensions":%s,"timestamp":%s,"value":%s%s}`,
		or(p.account, "111122223333"), or(p.metric, "glue.driver.aggregate.bytesRead"),
		or(p.dims, `{"JobName":"load","JobRunId":"jr_1","Type":"count"}`), or(p.ts, "1795521600000"),
		or(p.value, `{"max":1.0,"min":1.0,"sum":1.0,"count":1.0}`), unit)
}

func mustParse(t testing.TB, text string) limnograph.Schema {
	t.Helper()
	s, err := schema.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// firstRow asks as a person and returns the first row of the answer with its columns.
func (l *lake) firstRow(t *testing.T, sql string) ([]any, []limnograph.Column) {
	t.Helper()
	rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: sql, Untrusted: true})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	row, err := rows.Next()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(row), rows.Columns()
}
