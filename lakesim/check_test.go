package lakesim_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
)

// found is a row of the table, as far as the test looks at it.
type found struct {
	number int
	weight
}

// reader reads tables as anybody does: a snapshot's files, whole. Files never change, so it reads each once.
type reader struct {
	layout *columns.Layout
	files  map[string]map[columns.Key]found
}

// objects is where a reader finds files.
type objects interface {
	limnograph.ObjectReader
	limnograph.RandomReader
}

func newReader() *reader {
	s := glue()
	ids := map[string]int{}
	for _, c := range columns.ColumnsOf(s) {
		ids[c.Name] = c.ID
	}
	layout, err := columns.NewLayout(s, ids)
	if err != nil {
		panic(err)
	}
	return &reader{layout, map[string]map[columns.Key]found{}}
}

// file returns the rows of a file. A key that stands in it twice is an error.
func (r *reader) file(o objects, key string) (map[columns.Key]found, error) {
	if rows, ok := r.files[key]; ok {
		return rows, nil
	}
	object, err := o.OpenAt(context.Background(), key)
	if err != nil {
		return nil, err
	}
	defer object.Close()
	in, err := columns.NewReader(object, object.Size(), r.layout)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	rows, last := map[columns.Key]found{}, columns.Row{}
	for {
		batch, err := in.Next()
		if errors.Is(err, io.EOF) {
			r.files[key] = rows
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		for _, row := range batch {
			if _, twice := rows[row.Key()]; twice {
				return nil, fmt.Errorf("key %v stands twice in %s", row.Key(), key)
			}
			if last.Series != nil && r.layout.Compare(&last, &row) >= 0 {
				return nil, fmt.Errorf("%s is not sorted at %v", key, row.Key())
			}
			rows[row.Key()], last = foundIn(&row), row
		}
	}
}

func foundIn(row *columns.Row) found {
	f := found{weight: weight{count: -1, statistics: row.Statistics(), position: row.Version}}
	for i, v := range []float64{row.Max, row.Min, row.Sum} {
		if row.Reported&(1<<i) != 0 {
			f.number = int(v)
		}
	}
	if row.Reported&limnograph.ReportedSampleCount != 0 {
		f.count = row.Count
	}
	return f
}

// table returns all rows of data files. A key that stands twice is an error, and so is a file that is not what it says.
func (r *reader) table(o objects, files []limnograph.DataFile) (map[columns.Key]found, error) {
	all := map[columns.Key]found{}
	for _, f := range files {
		rows, err := r.file(o, f.Key)
		if err != nil {
			return nil, err
		}
		if int64(len(rows)) != f.Rows {
			return nil, fmt.Errorf("%s has %d rows, not %d", f.Key, len(rows), f.Rows)
		}
		for key, row := range rows {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("key %v stands twice, last in %s", key, f.Key)
			}
			if key.TS < f.MinTime || key.TS > f.MaxTime {
				return nil, fmt.Errorf("%s has a row at %d, outside its bounds", f.Key, key.TS)
			}
			all[key] = row
		}
	}
	return all, nil
}

// truth is what landing holds: every line, by position.
type truth struct {
	lines map[int64]landedLine
}

type landedLine struct {
	number, attempt int
}

// readTruth reads all sealed landing, with no code of the product.
func readTruth(o limnograph.ObjectReader) (truth, error) {
	t := truth{map[int64]landedLine{}}
	for info, err := range o.List(context.Background(), "landing/metrics/"+table+"/", "") {
		if err != nil {
			return t, err
		}
		if err := t.add(o, info.Key); err != nil {
			return t, fmt.Errorf("%s: %w", info.Key, err)
		}
	}
	return t, nil
}

func (t truth) add(o limnograph.ObjectReader, key string) error {
	r, err := o.Open(context.Background(), key)
	if err != nil {
		return err
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(z); ; {
		if !lines.Scan() {
			return lines.Err()
		}
		l, position, err := parseLine(lines.Bytes())
		if err != nil {
			return err
		}
		if have, twice := t.lines[position]; twice && have != l {
			return fmt.Errorf("position %d stands for two lines", position)
		}
		t.lines[position] = l
	}
}

// fold reduces landed lines to what the table must hold.
func (s *sender) fold(t truth, keyOf func(statement) columns.Key) map[columns.Key]found {
	rows := map[columns.Key]found{}
	for position, line := range t.lines {
		if !s.takes(line.number, line.attempt) {
			continue
		}
		st := s.sent[line.number]
		f := found{line.number, st.weight(position)}
		if have, ok := rows[keyOf(st)]; !ok || f.beats(have.weight) {
			rows[keyOf(st)] = f
		}
	}
	return rows
}

// differences describes how got differs from want; "" when it does not.
func differences(got, want map[columns.Key]found) string {
	var wrong []string
	for key, row := range want {
		if have, ok := got[key]; !ok {
			wrong = append(wrong, fmt.Sprintf("%v lacks %+v", key, row))
		} else if have != row {
			wrong = append(wrong, fmt.Sprintf("%v is %+v, not %+v", key, have, row))
		}
	}
	for key, row := range got {
		if _, ok := want[key]; !ok {
			wrong = append(wrong, fmt.Sprintf("%v is there too: %+v", key, row))
		}
	}
	slices.Sort(wrong)
	return strings.Join(wrong[:min(len(wrong), 5)], "; ")
}

// ledgerOf reads what a snapshot says that it covers.
func ledgerOf(s limnograph.Snapshot) (lake.Ledger, error) {
	l, own, err := lake.LedgerOf(s)
	if err == nil && !own {
		err = fmt.Errorf("snapshot %d is not ours", s.ID)
	}
	return l, err
}

// heldRows returns the best held statement of each key.
func (r *reader) heldRows(o objects, held []lake.HeldFile) (map[columns.Key]found, error) {
	best := map[columns.Key]found{}
	for _, h := range held {
		rows, err := r.file(o, h.Key)
		if err != nil {
			return nil, err
		}
		for key, row := range rows {
			if have, ok := best[key]; !ok || row.beats(have.weight) {
				best[key] = row
			}
		}
	}
	return best, nil
}
