package lake

import (
	"context"
	"slices"

	"limnograph"
	"limnograph/record"
)

// recordIndex knows in which span the row of each key is. It is of one state of the table.
type recordIndex struct {
	of    int64 // the snapshot; 0: of the empty table
	valid bool
	spans map[record.Key]span32
}

// span32 is a span in little memory: a table of a year has millions of rows.
type span32 int32

const hoursAndDay = 25

func packSpan(s span) span32 {
	hour := s.hour
	if hour == wholeDay {
		hour = hoursAndDay - 1
	}
	return span32(s.day*hoursAndDay + hour)
}

func (s span32) span() span {
	at := span{day: int64(s) / hoursAndDay, hour: int64(s) % hoursAndDay}
	if at.hour < 0 {
		at.day, at.hour = at.day-1, at.hour+hoursAndDay
	}
	if at.hour == hoursAndDay-1 {
		at.hour = wholeDay
	}
	return at
}

// indexed reads the keys of the table when they are not known, or are of another state. The caller holds mu.
func (t *table) indexed(ctx context.Context) error {
	x := &t.records.index
	if x.valid && x.of == t.base.ID {
		return nil
	}
	*x = recordIndex{of: t.base.ID, spans: make(map[record.Key]span32)}
	for at, files := range filesBySpan(t.base.Files) {
		for _, f := range files {
			if err := t.indexFile(ctx, at, f); err != nil {
				return err
			}
		}
	}
	x.valid = true
	return nil
}

func (t *table) indexFile(ctx context.Context, at span, f limnograph.DataFile) error {
	keys, err := t.readValues(ctx, f, t.records.keySchema())
	if err != nil {
		return err
	}
	texts := make([]string, len(t.records.schema.Records.Key))
	for _, values := range keys {
		for i := range texts {
			texts[i], _ = values[i+1].(string) // behind ts
		}
		t.records.index.spans[record.KeyOf(texts...)] = packSpan(at)
	}
	return nil
}

// keySchema is the table with ts and the columns of the key alone.
func (r *records) keySchema() limnograph.Schema {
	short := *r.schema.Records
	short.Columns = slices.DeleteFunc(slices.Clone(short.Columns), func(c limnograph.RecordColumn) bool {
		return c.Name != "ts" && !slices.Contains(short.Key, c.Name)
	})
	s := r.schema
	s.Records = &short
	return s
}
