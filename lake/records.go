package lake

import (
	"cmp"
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/record"
)

// records is what a record table at work has beside the rest: its rows are few, so a commit writes the files anew that
// it touches, and nothing is ever held.
type records struct {
	*record.Table
	schema limnograph.Schema
	ids    map[string]int
	index  recordIndex
}

// isRecords reports whether the newest definition is that of a record table.
func (t *table) isRecords() bool { return t.wanted.Load().Records != nil }

// newRecords returns what a record table needs. Errors: CodeInvalid (no record table has the name).
func newRecords(s limnograph.Schema, ids map[string]int) (*records, error) {
	table := record.TableOf(s.Table)
	if table == nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "open curated table", Message: s.Table + " is no record table"}
	}
	return &records{Table: table, schema: s, ids: ids}, nil
}

// spanInName returns the span that the name of a data file tells.
func spanInName(key string) (span, bool) {
	folder, name := path.Split(key)
	day, err := time.Parse("day=2006-01-02", path.Base(folder))
	begin, _, ok := strings.Cut(name, "-")
	if err != nil || !ok {
		return span{}, false
	}
	s := span{day: dayOf(day.UnixMilli()), hour: wholeDay}
	if begin == "day" {
		return s, true
	}
	s.hour, err = strconv.ParseInt(begin, 10, 64)
	return s, err == nil && s.hour >= 0 && s.hour < 24
}

// filesBySpan groups files by the span that their names tell; one that somebody named otherwise counts for its whole day.
func filesBySpan(files []limnograph.DataFile) map[span][]limnograph.DataFile {
	all := make(map[span][]limnograph.DataFile)
	for _, f := range files {
		s, ok := spanInName(f.Key)
		if !ok {
			s = span{day: dayOf(f.MinTime), hour: wholeDay}
		}
		all[s] = append(all[s], f)
	}
	return all
}

// readRecords reads the rows of a file.
func (t *table) readRecords(ctx context.Context, f limnograph.DataFile) ([]*record.Row, error) {
	values, err := t.readValues(ctx, f, t.records.schema)
	if err != nil {
		return nil, err
	}
	rows := make([]*record.Row, len(values))
	for i, v := range values {
		if rows[i], err = t.records.RowOf(v); err != nil {
			return nil, recordError(f, err)
		}
	}
	return rows, nil
}

// readValues reads some columns of the rows of a file.
func (t *table) readValues(ctx context.Context, f limnograph.DataFile, s limnograph.Schema) (values [][]any, err error) {
	object, err := t.lake.objects.OpenAt(ctx, f.Key)
	if err != nil {
		return nil, recordError(f, err)
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	values, err = columns.ReadRecords(object, object.Size(), s, t.records.ids)
	if err != nil {
		return nil, recordError(f, err)
	}
	return values, nil
}

// recordError names the file that could not be read; when that is because of damage it is a recordDamage.
func recordError(f limnograph.DataFile, err error) error {
	named := fileError(f.Key, err)
	if isDamage(err) {
		return &recordDamage{f, named}
	}
	return named
}

// writeRecords stores the rows of a span as one file.
func (t *table) writeRecords(ctx context.Context, at span, rows []*record.Row) (limnograph.DataFile, error) {
	values := make([][]any, len(rows))
	for i, row := range rows {
		values[i] = row.Values()
	}
	slices.SortFunc(values, t.records.compare)
	out := newContent()
	sum, err := columns.WriteRecords(out, t.records.schema, t.records.ids, values)
	if err != nil {
		return limnograph.DataFile{}, err
	}
	return t.putData(ctx, at, out, sum)
}

// compare orders rows by the columns of the key, which are texts.
func (r *records) compare(a, b []any) int {
	for i, c := range r.schema.Records.Columns {
		if slices.Contains(r.schema.Records.Key, c.Name) {
			x, _ := a[i].(string)
			y, _ := b[i].(string)
			if d := cmp.Compare(x, y); d != 0 {
				return d
			}
		}
	}
	return 0
}
