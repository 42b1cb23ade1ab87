package panel_test

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/panel"
	"limnograph/record"
)

// record writes the run records and the inventory: the statements, merged with what the datapoints add up to.
func (l *lake) record(t testing.TB) {
	t.Helper()
	runs := map[record.Key]*record.Row{}
	l.publish(t, record.Runs(), nil) // run_touched reads it
	for i, r := range l.runs {
		merge(t, record.Runs(), runs, record.EncodeRun(r), i)
	}
	l.publish(t, record.Runs(), runs)
	for _, m := range l.rollUp(t, noon.AddDate(0, 0, -9), noon) {
		key := record.Runs().RunKey(m.RunKey)
		runs[key] = record.Runs().MergeMetrics(runs[key], m)
	}
	l.publish(t, record.Runs(), runs)
	jobs := map[record.Key]*record.Row{}
	for i, j := range l.jobs {
		merge(t, record.Jobs(), jobs, record.EncodeJob(j), i)
	}
	l.publish(t, record.Jobs(), jobs)
}

// rollUp asks for the runs with datapoints in a span, as the lake does.
func (l *lake) rollUp(t testing.TB, from, to time.Time) []limnograph.RunMetrics {
	t.Helper()
	l = l.reading(panel.Curated)
	params := map[string]any{"touched_from": from, "touched_to": to}
	span := limnograph.TimeRange{From: from.Add(-panel.MaxRun), To: to}
	touched := askIn(t, l, panel.RunTouched, params, span, oneRow(panel.ReadRunTouched))[0]
	if touched.Runs == 0 {
		return nil
	}
	params["from"] = touched.First
	return askIn(t, l, panel.RunMetrics, params, limnograph.TimeRange{From: touched.First, To: noon.AddDate(0, 0, 1)}, panel.ReadRunMetrics)
}

func oneRow[T any](read func(limnograph.Rows) (T, error)) func(limnograph.Rows) ([]T, error) {
	return func(rows limnograph.Rows) ([]T, error) {
		v, err := read(rows)
		return []T{v}, err
	}
}

func merge(t testing.TB, table *record.Table, rows map[record.Key]*record.Row, line []byte, position int) {
	t.Helper()
	s, err := table.Parse(bytes.TrimSuffix(line, []byte("\n")), int64(position))
	if err != nil {
		t.Fatal(err)
	}
	rows[s.Key()] = table.Merge(rows[s.Key()], s)
}

// publish puts a record table with these rows in the place of the one before.
func (w *world) publish(t testing.TB, table *record.Table, rows map[record.Key]*record.Row) {
	t.Helper()
	s := table.Schema()
	set := *w.files.Load()
	set.Version++
	set.Tables = slices.DeleteFunc(slices.Clone(set.Tables), func(f limnograph.TableFiles) bool { return f.Schema.Table == s.Table })
	snapshot := &limnograph.Snapshot{ID: int64(set.Version), Committed: noon}
	if len(rows) > 0 {
		snapshot.Files = []limnograph.DataFile{w.write(t, s, rows)}
	}
	set.Tables = append(set.Tables, limnograph.TableFiles{Schema: s, Snapshot: snapshot})
	slices.SortFunc(set.Tables, func(a, b limnograph.TableFiles) int { return cmp.Compare(a.Schema.Table, b.Schema.Table) })
	w.files.Store(&set)
}

func (w *world) write(t testing.TB, s limnograph.Schema, rows map[record.Key]*record.Row) limnograph.DataFile {
	t.Helper()
	ids := make(map[string]int)
	for _, c := range columns.ColumnsOf(s) {
		ids[c.Name] = c.ID
	}
	var values [][]any
	for _, r := range rows {
		values = append(values, r.Values())
	}
	slices.SortFunc(values, func(a, b []any) int { return slices.Compare(keyOf(s, a), keyOf(s, b)) })
	var b bytes.Buffer
	sum, err := columns.WriteRecords(&b, s, ids, values)
	if err != nil {
		t.Fatal(err)
	}
	key := "lake/" + s.Table + "/data/" + time.Duration(w.files.Load().Version).String() + ".parquet"
	if err := os.MkdirAll(filepath.Dir(w.path(key)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.path(key), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return limnograph.DataFile{Key: key, Size: int64(b.Len()), Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
}

func keyOf(s limnograph.Schema, row []any) (key []string) {
	for i, c := range s.Records.Columns {
		if slices.Contains(s.Records.Key, c.Name) {
			key = append(key, row[i].(string))
		}
	}
	return key
}
