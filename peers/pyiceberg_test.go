//go:build peers

package peers_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/columns"
	"limnograph/iceberg"
	"limnograph/localdir"
	"limnograph/peers/servers"
	"limnograph/schema"
)

//go:embed curated.py
var curatedScript []byte

// Another implementation of Iceberg, which knows nothing of the product, finds the tables in their catalog and reads the
// rows that were written, after each kind of commit.
func TestPyIcebergReadsTheSameRows(t *testing.T) {
	l := newIcebergLake(t)
	for hour := range int64(6) {
		l.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{l.write(t, l.rows(hour*9, 40)...)}})
	}
	l.expect(t, "appending")

	first := l.current(t).Files[0]
	replaced := l.stored[first.Key]
	for i := range replaced {
		replaced[i].Sum, replaced[i].Version = replaced[i].Sum+1, replaced[i].Version+1000
	}
	l.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{l.write(t, replaced...)}, Remove: []limnograph.DataFile{first}})
	l.expect(t, "overwriting")

	day := first.Day()
	var small []limnograph.DataFile
	var rows []columns.Row
	for _, f := range l.current(t).Files {
		if f.Day().Equal(day) {
			small, rows = append(small, f), append(rows, l.stored[f.Key]...)
		}
	}
	if len(small) < 2 {
		t.Fatalf("%d files to compact", len(small))
	}
	l.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{l.write(t, rows...)}, Remove: small})
	l.expect(t, "compacting")

	must(t, l.store.Expire(t.Context(), l.schema.Table, 2, 0))
	l.expect(t, "expiry")

	l.schema.Dimensions = append(slices.Clone(l.schema.Dimensions), limnograph.PromotedDimension{Name: "Zone", Column: "zone"})
	l.create(t)
	l.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{l.write(t, l.rows(100, 3)...)}})
	l.expect(t, "adding a column")
}

// What PyIceberg writes is the newest snapshot, without our properties, until the table is rolled back; and PyIceberg
// sees that.
func TestPyIcebergWritesAForeignSnapshot(t *testing.T) {
	l := newIcebergLake(t)
	l.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{l.write(t, l.rows(0, 20)...)}})
	for _, command := range []string{"append", "delete"} {
		own := l.current(t)
		l.python(t, command)
		foreign := l.current(t)
		if foreign.ID == own.ID || len(foreign.Properties) != 0 {
			t.Fatalf("after %s the newest snapshot is %+v", command, foreign)
		}
		if steps, err := l.store.StepBack(t.Context(), l.schema.Table); err != nil || steps != 0 {
			t.Errorf("stepped back over %d states, %v", steps, err)
		}
		must(t, l.store.RollBack(t.Context(), l.schema.Table, own.ID))
		l.expect(t, "rolling back after "+command)
		l.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{l.write(t, l.rows(30, 5)...)}})
		l.expect(t, "committing after "+command)
	}
}

// icebergLake is a data directory with the table of AWS Glue, and the rows of each of its data files.
type icebergLake struct {
	root    string
	objects *localdir.Store
	store   *iceberg.Store
	schema  limnograph.Schema
	layout  *columns.Layout
	stored  map[string][]columns.Row
	values  map[string][]map[string]any // of the rows, as PyIceberg prints them
	version int64
}

func newIcebergLake(t *testing.T) *icebergLake {
	t.Helper()
	l := &icebergLake{root: t.TempDir(), schema: schema.Builtin()[0], stored: make(map[string][]columns.Row), values: make(map[string][]map[string]any)}
	var err error
	l.objects, err = localdir.Open(l.root)
	must(t, err)
	l.store, err = iceberg.Open(t.Context(), iceberg.Config{Root: l.root, Objects: l.objects})
	must(t, err)
	t.Cleanup(func() { must(t, l.store.Close()) })
	l.create(t)
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *icebergLake) create(t *testing.T) {
	t.Helper()
	ids, err := l.store.CreateTable(t.Context(), l.schema)
	must(t, err)
	l.layout, err = columns.NewLayout(l.schema, ids)
	must(t, err)
}

// rows makes statements of an hour: with and without each statistic, further statistics and dimensions.
func (l *icebergLake) rows(hour int64, n int) []columns.Row {
	interner := l.layout.NewInterner()
	var all []columns.Row
	for i := range n {
		dp := limnograph.Datapoint{
			AccountID: "123456789012", Region: "eu-central-1", Namespace: "Glue", MetricName: fmt.Sprintf("glue.driver.m%d", i%5),
			Dimensions: []limnograph.Dimension{
				{Name: "JobName", Value: fmt.Sprintf("orders \"ü\" %d", i%3)}, {Name: "JobRunId", Value: []string{"ALL", "jr_1"}[i%2]}, {Name: "Type", Value: "gauge"},
			},
			Timestamp:  firstDay.UnixMilli() + hour*3_600_000 + int64(i)*60_000,
			Statistics: limnograph.StatisticSet{Max: 3.25, Min: -1e-9, Sum: float64(i) / 3, SampleCount: float64(i), Reported: limnograph.Reported(i % 16)},
		}
		if i%7 == 0 {
			dp.Unit = "Bytes"
			dp.Statistics.Extra = []limnograph.Statistic{{Name: "p99.9", Value: 0.1}}
		}
		all = append(all, interner.Row(&dp, l.version))
		l.version++
	}
	return all
}

// write stores rows of one day as a data file.
func (l *icebergLake) write(t *testing.T, rows ...columns.Row) limnograph.DataFile {
	t.Helper()
	rows = slices.Clone(rows)
	l.layout.Sort(rows)
	var body bytes.Buffer
	w, err := columns.NewWriter(&body, l.layout)
	must(t, err)
	must(t, w.Write(rows))
	sum, err := w.Close()
	must(t, err)
	f := limnograph.DataFile{Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
	f.Key = fmt.Sprintf("%sday=%s/day-%016x-%032x.parquet", limnograph.DataPrefix(l.schema.Table), f.Day().Format("2006-01-02"), len(l.stored), len(l.stored))
	info, err := l.objects.Put(t.Context(), f.Key, &body, limnograph.PutOptions{IfAbsent: true})
	must(t, err)
	f.Size = info.Size
	l.stored[f.Key] = rows
	for _, r := range rows {
		l.values[f.Key] = append(l.values[f.Key], l.value(r))
	}
	return f
}

func (l *icebergLake) current(t *testing.T) limnograph.Snapshot {
	t.Helper()
	s, err := l.store.Current(t.Context(), l.schema.Table)
	must(t, err)
	return s
}

func (l *icebergLake) commit(t *testing.T, change limnograph.TableChange) {
	t.Helper()
	change.Properties = map[string]string{"limno.mark": fmt.Sprint(l.version)}
	_, err := l.store.Commit(t.Context(), l.schema.Table, l.current(t).ID, change)
	must(t, err)
}

func (l *icebergLake) python(t *testing.T, command string) []byte {
	t.Helper()
	return pyiceberg(t, l.root, l.schema.Table, command)
}

// pyiceberg runs a command of curated.py on a table of a data directory.
func pyiceberg(t *testing.T, root, table, command string) []byte {
	t.Helper()
	script := filepath.Join(t.TempDir(), "curated.py")
	must(t, os.WriteFile(script, curatedScript, 0o600))
	cmd := exec.CommandContext(t.Context(), servers.Program(t, "iceberg", "../py-pyiceberg/bin/python"), script, root, table, command)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pyiceberg %s: %v\n%s", command, err, failed.String())
	}
	return out
}

// pyTable is what PyIceberg says of a table.
type pyTable struct {
	Location                         string
	Columns, Partition, Order, Files []string
	Snapshots                        []int64
	Mark, Total                      string
	Rows                             []map[string]any
}

func (l *icebergLake) expect(t *testing.T, after string) {
	t.Helper()
	newest := l.current(t)
	history, err := l.store.History(t.Context(), l.schema.Table)
	must(t, err)
	want := pyTable{
		Location: "file://" + l.root + "/lake/" + l.schema.Table, Columns: l.columns(), Partition: []string{"ts day"},
		Mark: newest.Properties["limno.mark"], Rows: l.expected(newest.Files),
	}
	want.Total = fmt.Sprint(len(want.Rows))
	for _, name := range append(l.layout.SortColumns(), "sid") {
		want.Order = append(want.Order, name+" ASC NULLS_FIRST")
	}
	for _, f := range newest.Files {
		want.Files = append(want.Files, "file://"+l.root+"/"+f.Key)
	}
	var got pyTable
	decoder := json.NewDecoder(bytes.NewReader(l.python(t, "read")))
	decoder.UseNumber()
	must(t, decoder.Decode(&got))
	for _, s := range history {
		if !slices.Contains(got.Snapshots, s.ID) {
			t.Errorf("after %s PyIceberg lacks snapshot %d", after, s.ID)
		}
	}
	got.Snapshots = nil
	for _, row := range got.Rows {
		makeDoubles(t, row)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after %s (-want +PyIceberg):\n%s", after, diff)
	}
}

// makeDoubles reads the doubles of a row.
func makeDoubles(t *testing.T, row map[string]any) {
	t.Helper()
	for _, name := range []string{"max", "min", "sum", "count"} {
		if n, ok := row[name].(json.Number); ok {
			v, err := n.Float64()
			must(t, err)
			row[name] = v
		}
	}
}

// columns are those of the table as PyIceberg names them; a column that was added later stands last and is optional.
func (l *icebergLake) columns() []string {
	names := map[columns.Type]string{
		columns.Timestamp: "timestamptz", columns.Text: "string", columns.Boolean: "boolean", columns.Double: "double", columns.Long: "long",
	}
	all := l.layout.Columns()
	slices.SortFunc(all, func(a, b columns.Column) int { return a.ID - b.ID })
	var out []string
	for _, c := range all {
		out = append(out, fmt.Sprintf("%d %s %s %s", c.ID, c.Name, names[c.Type], map[bool]string{true: "required", false: "optional"}[c.Required]))
	}
	return out
}

// expected are the rows of files as PyIceberg prints them: NULL in columns that were added after them.
func (l *icebergLake) expected(files []limnograph.DataFile) []map[string]any {
	var all []map[string]any
	for _, f := range files {
		for _, stored := range l.values[f.Key] {
			row := maps.Clone(stored)
			for _, c := range l.layout.Columns() {
				row[c.Name] = stored[c.Name]
			}
			all = append(all, row)
		}
	}
	order := func(row map[string]any) (key []int64) {
		for _, name := range []string{"sid", "ts", "version"} {
			n, _ := row[name].(json.Number).Int64()
			key = append(key, n)
		}
		return key
	}
	slices.SortFunc(all, func(a, b map[string]any) int { return slices.Compare(order(a), order(b)) })
	return all
}

func (l *icebergLake) value(r columns.Row) map[string]any {
	long := func(n int64) any { return json.Number(fmt.Sprint(n)) }
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	statistic := func(bit limnograph.Reported, v float64) any {
		if r.Reported&bit == 0 {
			return nil
		}
		return v
	}
	row := map[string]any{
		"ts": long(r.TS * 1000), "account_id": r.Series.AccountID, "region": r.Series.Region, "namespace": r.Series.Namespace,
		"metric_name": r.Series.MetricName, "is_total": r.Series.IsTotal, "dimensions": r.Series.Dimensions,
		"max": statistic(limnograph.ReportedMax, r.Max), "min": statistic(limnograph.ReportedMin, r.Min),
		"sum": statistic(limnograph.ReportedSum, r.Sum), "count": statistic(limnograph.ReportedSampleCount, r.Count),
		"stats": text(r.Stats), "unit": r.Series.Unit, "sid": long(r.Series.SID), "version": long(r.Version),
	}
	for i, c := range l.texts() {
		if r.Series.Texts[i].Valid {
			row[c] = r.Series.Texts[i].Value
		}
	}
	return row
}

func (l *icebergLake) texts() []string {
	var names []string
	for _, d := range l.schema.Dimensions {
		names = append(names, d.Column)
	}
	for _, e := range l.schema.Extracts {
		names = append(names, e.Column)
	}
	return names
}
