//go:build peers

package peers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/conformance"
	"limnograph/duckdb"
	"limnograph/objectkey"
	"limnograph/peers/servers"
	"limnograph/schema"
	"limnograph/trinosql"
)

// twins are the same objects twice: in a bucket that Trino reads, and in a folder that DuckDB reads.
type twins struct {
	*lake
	dir    string
	files  map[string][]limnograph.File // by table
	size   map[string]int64             // of the objects, by key
	server *servers.Server              // Trino
}

func newTwins(t *testing.T, schemas ...limnograph.Schema) *twins {
	t.Helper()
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	w := &twins{lake: newLake(t, catalog, store), dir: t.TempDir(), files: map[string][]limnograph.File{}, size: map[string]int64{}}
	for _, s := range schemas {
		w.publish(s)
	}
	w.server = pool.Trino(t, catalog, store)
	return w
}

// ask asks Trino.
func (w *twins) ask(sql string) servers.Answer {
	w.t.Helper()
	answer, err := askTrino(w.t, w.server, sql)
	if err != nil {
		w.t.Fatalf("Trino: %v\n%s", err, sql)
	}
	return answer
}

// name is a published name in full.
func (w *twins) name(table string) string { return "awsdatacatalog." + w.database + "." + table }

// put writes lines as an object under a key of landing, for both, and registers its partition.
func (w *twins) put(key string, lines ...string) {
	w.t.Helper()
	table, p, err := objectkey.PartitionOf(key)
	if err != nil {
		w.t.Fatal(err)
	}
	body := zipped(w.t, lines)
	path := filepath.Join(w.dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o644); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.s3.PutObject(w.t.Context(), &s3.PutObjectInput{Bucket: &w.bucket, Key: &key, Body: bytes.NewReader(body)}); err != nil {
		w.t.Fatal(err)
	}
	w.register(table, p)
	w.files[table] = append(w.files[table], limnograph.File{Key: key, Size: int64(len(body))})
	w.size[key] = int64(len(body))
}

// duckdb asks the embedded engine.
func (w *twins) duckdb(sql string) [][]any {
	w.t.Helper()
	set := &limnograph.FileSet{Version: 1}
	for _, s := range w.schemas {
		set.Tables = append(set.Tables, limnograph.TableFiles{Schema: s, Files: w.files[s.Table]})
	}
	engine, err := duckdb.Open(w.t.Context(), duckdb.Config{
		Files:   func() *limnograph.FileSet { return set },
		Path:    func(key string) string { return filepath.Join(w.dir, filepath.FromSlash(key)) },
		TempDir: w.t.TempDir(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	defer engine.Close()
	rows, _ := query(w.t, engine, limnograph.Query{SQL: sql})
	return rows
}

// expectSame compares all rows of the flattening view on both engines, as JSON text.
func (w *twins) expectSame(s limnograph.Schema) (rows int) {
	w.t.Helper()
	_, columns := trinosql.FlatView(s, w.database)
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = `"` + c.Name + `"`
		if c.Name == "ts" {
			list[i] = "CAST(to_unixtime(ts) * 1000 AS bigint)"
		}
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM "
	embedded := texts(w.t, w.duckdb(sql+s.FlatView()))
	trino := texts(w.t, w.ask(sql+w.name(s.FlatView())).Rows)
	if diff := cmp.Diff(embedded, trino); diff != "" {
		w.t.Errorf("DuckDB (-) and Trino (+) differ:\n%s", diff)
	}
	return len(embedded)
}

// texts writes rows as sorted JSON, numbers in one form, and JSON in a text as what it says: engines write 1e10 in
// different ways.
func texts(t *testing.T, rows [][]any) []string {
	t.Helper()
	list := make([]string, len(rows))
	for i, row := range rows {
		data, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		var values []any
		if err := json.Unmarshal(data, &values); err != nil {
			t.Fatal(err)
		}
		for j, v := range values {
			if text, ok := v.(string); ok && strings.HasPrefix(text, "{") {
				var inside any
				if err := json.Unmarshal([]byte(text), &inside); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				values[j] = inside
			}
		}
		if data, err = json.Marshal(values); err != nil {
			t.Fatal(err)
		}
		list[i] = string(data)
	}
	slices.Sort(list)
	return list
}

const deliveryID = "0f6a1d2e-3b4c-4d5e-8f90-a1b2c3d4e5f6"

// landedKey is a key of our own landing, deliveredKey one of Data Firehose, both for raw_glue_metrics.
func landedKey(sender, stream string, arrival time.Time, sequence uint64) string {
	return objectkey.Landing{Table: "glue_metrics", Sender: sender, Stream: stream, Arrival: arrival, Sequence: sequence}.Key()
}

func deliveredKey(sender, stream string, arrival time.Time, extension string) string {
	folder := objectkey.Folder("glue_metrics", limnograph.Partition{Sender: sender, Hour: arrival})
	return objectkey.Firehose{Prefix: folder, Stream: stream, Version: "1", Arrival: arrival, ID: deliveryID, Extension: extension}.Key()
}

// said is a line about a datapoint of a minute of its own.
func said(minute int, rest string) string {
	ts := conformance.EngineArrival().Truncate(time.Hour).Add(time.Duration(minute) * time.Minute).UnixMilli()
	return fmt.Sprintf(`{"metric_stream_name":"s","account_id":"1","region":"eu","namespace":"Glue","metric_name":"glue.driver.m","timestamp":%d,%s}`, ts, rest)
}

func value(sum, count string) string {
	return `"dimensions":{"JobName":"load"},"value":{"max":1,"min":1,"sum":` + sum + `,"count":` + count + `},"unit":"Count"`
}

// oddObjects are objects whose lines and names try the rules of the view.
func oddObjects() map[string][]string {
	at := conformance.EngineArrival()
	later := func(d time.Duration) time.Time { return at.Add(d) }
	landed := func(d time.Duration, n uint64) string { return landedKey("default", "s", later(d), n) }
	return map[string][]string{
		landed(0, 1): conformance.EngineLines(),
		landed(time.Second, 2): append(conformance.EngineLines(),
			said(10, value("1", "1")+`,"limno_position":1`), said(10, value("2", "1")+`,"limno_position":3`), said(10, value("3", "1")+`,"limno_position":2`)),
		// the later arrival wins, whatever sender, stream and kind of name
		landedKey("zzz", "zzz", later(2*time.Second), 3):                                                       {said(11, value("1", "1")), said(12, value("1", "2")), said(13, value("1", "1"))},
		landedKey("a/b =ü", "a", later(3*time.Second), 4):                                                      {said(11, value("2", "1")), said(12, value("2", "1"))},
		deliveredKey("111122223333", "s", later(4*time.Second), ".gz"):                                         {said(13, value("2", "1")), said(14, value("1", "1"))},
		deliveredKey("000011112222", "s-2027-01-01-00-00-00", later(5*time.Second), ".json.gz"):                {said(14, value("2", "1")), said(15, value("1", "1"))},
		deliveredKey("000011112222", "z-1-2027-01-01-00-00-00-"+deliveryID+".gz", later(6*time.Second), ".gz"): {said(15, value("2", "1")), said(16, value("2", "1"))},
		landedKey("default", "s-1-2027-01-01-00-00-00-"+deliveryID, later(7*time.Second), 5):                   {said(16, value("3", "1")), said(17, value("3", "1"))},
		landedKey("default", "long", later(8*time.Second), 99_999_999_999_999_999):                             {said(17, value("4", "1"))},
		// names without an arrival come first, in the order of keys
		objectkey.Folder("glue_metrics", limnograph.Partition{Sender: "default", Hour: at}) + "b.gz": {said(18, value("1", "1")), said(19, value("1", "1")+`,"limno_position":1`)},
		objectkey.Folder("glue_metrics", limnograph.Partition{Sender: "default", Hour: at}) + "a.gz": {said(18, value("2", "1")), said(19, value("2", "1")+`,"limno_position":9`), said(20, value("1", "1"))},
		landed(9*time.Second, 6): {said(20, value("2", "1"))},
		// another arrival day is another row
		landed(24*time.Hour, 7): conformance.EngineLines(),
		landed(10*time.Second, 8): {
			`not json`, ``, `{"metric_name":null,"timestamp":1}`, `[1]`,
			said(30, `"dimensions":{},"value":null`), said(31, `"value":{"max":1},"unit":""`), said(32, `"dimensions":null,"value":{}`),
			said(33, `"dimensions":{"Type":"count","JobRunId":"ALL","JobName":"a\"b/c'd é\u0001\\"},"value":{"p99.9":2.25,"TM(25%:75%)":1e10,"count":1.5},"unit":"None"`),
			said(34, `"dimensions":{"JobName":"x"},"value":{"max":1.7976931348623157e308,"min":-1e300,"sum":5e-324,"count":1e15}`),
			said(35, `"value":{"sum":1,"count":null}`), said(35, `"value":{"sum":2}`),
			`{"metric_name":"glue.12.x","timestamp":9223372036854775807}`, `{"metric_name":"glue.12.x","timestamp":-9223372036854775808}`,
			`{"metric_name":"glue.ALL.x","timestamp":253402300799999}`, `{"metric_name":"glue.ALL.x","timestamp":-62135596800000}`,
			`{"metric_name":"glue.ALL.x","timestamp":253402300800000}`, `{"metric_name":"glue.x","timestamp":null}`, `{"metric_name":"no time"}`,
		},
	}
}

func TestFlatViewIsTheEmbeddedOne(t *testing.T) {
	w := newTwins(t, schema.Builtin()[0])
	objects := oddObjects()
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		w.put(key, objects[key]...)
	}
	if rows := w.expectSame(schema.Builtin()[0]); rows < 30 {
		t.Errorf("only %d rows", rows)
	}
}

// TestFlatViewOfOddDefinition: names, totals and patterns as a definition may have them.
func TestFlatViewOfOddDefinition(t *testing.T) {
	s, err := schema.Parse("odd.yaml", []byte(`
namespace: Custom/Odd
table: glue_metrics
dimensions:
  - {name: "a/b~c", column: abc}
  - {name: "it's \"quoted\" \\", column: quoted}
  - {name: Region, column: odd_region}
  - {name: "é$[0]", column: accent}
totals: {"a/b~c": ["x'y", ALL]}
extract:
  lazy: '^(a+?)a'
  folded: '(?i)(kelvin)'
  class: '([^0-9a-f]+)$'
  lines: '(?s)a(.)b'
  alternative: '^(?:x|(y+))z'
  counted: '(o{2,3})'
  quoted2: '(''|\[|\\)'
  empty: '()'
`))
	if err != nil {
		t.Fatal(err)
	}
	w := newTwins(t, s)
	var lines []string
	for _, metric := range []string{"aaa", "KELVIN k", "12 xyz", "a.b", "yyz", "xz", "foooo", "it's [\\\\]", "é", "a-b", " "} {
		lines = append(lines, `{"metric_name":"`+metric+`","region":"eu","dimensions":{"a/b~c":"x'y","it's \"quoted\" \\":"q","Region":"r","é$[0]":"e"},"timestamp":0,"value":{"max":1}}`)
	}
	w.put(landedKey("default", "s", conformance.EngineArrival(), 1), lines...)
	if rows := w.expectSame(s); rows != len(lines) {
		t.Errorf("%d rows, want %d", rows, len(lines))
	}
}

// TestLowerCasedDimensionsAreRead: Athena's SerDe may lower-case the names inside a map.
func TestLowerCasedDimensionsAreRead(t *testing.T) {
	w := newTwins(t, schema.Builtin()[0])
	w.put(landedKey("default", "s", conformance.EngineArrival(), 1),
		said(1, `"dimensions":{"jobname":"load","jobrunid":"ALL","type":"count","other":"x"},"value":{"sum":1,"count":2}`),
		said(1, `"dimensions":{"JobName":"load","JobRunId":"ALL","Type":"count","other":"x"},"value":{"sum":2,"count":3}`))
	answer := w.ask(`SELECT job_name, job_run_id, is_total, metric_type, dimensions, "sum" FROM ` + w.name("raw_glue_metrics_flat"))
	want := [][]any{{"load", "ALL", true, "count", `{"JobName":"load","JobRunId":"ALL","Type":"count","other":"x"}`, json.Number("2.0")}}
	if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(answer.Rows)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestColumnsOfTheViewAreListed: one view with a wrong type would take the whole list away.
func TestColumnsOfTheViewAreListed(t *testing.T) {
	s := schema.Builtin()[0]
	w := newTwins(t, s, schema.Other())
	_, columns := trinosql.FlatView(s, w.database)
	var want []string
	for _, c := range columns {
		want = append(want, c.Name+" "+c.Type)
	}
	var got []string
	for _, row := range w.ask(`SELECT column_name || ' ' || data_type FROM awsdatacatalog.information_schema.columns WHERE table_schema = '` +
		w.database + `' AND table_name = 'raw_glue_metrics_flat' ORDER BY ordinal_position`).Rows {
		got = append(got, row[0].(string))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFiltersReachThePartitions: through the view, a day reads its own objects and no other byte.
func TestFiltersReachThePartitions(t *testing.T) {
	w := newTwins(t, schema.Builtin()[0])
	var perDay [3]int64
	for i := range 9 {
		at := conformance.EngineArrival().AddDate(0, 0, i/3).Add(time.Duration(i%3) * time.Hour)
		key := deliveredKey("111122223333", "s", at, ".gz")
		w.put(key, said(i, value("1", "1")), said(i+100, value("2", "1")))
		perDay[i/3] += w.size[key]
	}
	r := limnograph.TimeRange{From: conformance.EngineArrival().AddDate(0, 0, -3), To: conformance.EngineArrival().AddDate(0, 0, -2)}
	flat := "FROM " + w.name("raw_glue_metrics_flat")
	for name, tt := range map[string]struct {
		sql   string
		bytes int64
	}{
		"All":     {`SELECT sum("sum") ` + flat, perDay[0] + perDay[1] + perDay[2]},
		"OneDay":  {`SELECT sum("sum") ` + flat + ` WHERE year = '2026' AND month = '11' AND day = '25'`, perDay[1]},
		"TwoDays": {`SELECT sum("sum") ` + flat + ` WHERE (year = '2026' AND month = '11' AND day BETWEEN '24' AND '25') OR (year = '2027' AND month = '01')`, perDay[0] + perDay[1]},
		"Range":   {trinosql.Prune(`SELECT sum("sum") FROM raw_glue_metrics_flat`, w.schemas, w.name, r), perDay[0]},
	} {
		if got := w.ask(tt.sql).Stats.PhysicalInputBytes; got != tt.bytes {
			t.Errorf("%s: %d bytes read, want %d\n%s", name, got, tt.bytes, tt.sql)
		}
	}
}

// TestProjection: partitions that nobody has registered are read, and pruned. Without a filter an engine would have to
// look into each hour of all years.
func TestProjection(t *testing.T) {
	s := schema.Builtin()[0]
	w := newTwins(t)
	s.Projection = limnograph.Projection{Senders: []string{"111122223333", "default"}, Since: 2025}
	w.publish(s)
	var size int64
	for day := range 3 {
		key := landedKey("default", "s", conformance.EngineArrival().AddDate(0, 0, day), 1)
		w.put(key, said(day, value("1", "1")))
		if day < 2 {
			size += w.size[key]
		}
	}
	if parts, err := w.cat.Partitions(t.Context(), s.Table); err != nil || len(parts) != 0 {
		t.Errorf("%v, %v", parts, err)
	}
	answer := w.ask(`SELECT count(*), max(ts) FROM ` + w.name("raw_glue_metrics_flat") + ` WHERE year = '2026' AND month = '11' AND day BETWEEN '24' AND '25'`)
	if got := fmt.Sprint(answer.Rows); got != "[[2 2026-11-24 12:01:00.000 UTC]]" {
		t.Errorf("%s", got)
	}
	if answer.Stats.PhysicalInputBytes != size {
		t.Errorf("%d bytes read, want %d", answer.Stats.PhysicalInputBytes, size)
	}
}
