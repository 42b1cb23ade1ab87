package lake

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"limnograph"
	"limnograph/columns"
)

// Root is the folder of all curated tables in the object store.
const Root = "lake/"

func dataFolder(table string) string { return Root + table + "/data/" }

func heldFolder(table string) string { return Root + table + "/held/" }

// span is the time that one data file covers.
type span struct {
	day  int64 // since the epoch
	hour int64 // of the day; wholeDay: all of it
}

const wholeDay = -1

// folder returns the partition folder and the beginning of the name: day=2026-11-24/05 or day=2026-11-24/day.
func (s span) folder() string {
	day := time.UnixMilli(s.day * dayMillis).UTC().Format("day=2006-01-02/")
	if s.hour == wholeDay {
		return day + "day"
	}
	return day + fmt.Sprintf("%02d", s.hour)
}

// fileName makes the last part of a name: random, so that a file is never written under a name that was used before,
// and the hash of the content, so that damage shows.
func (l *Lake) fileName(c *content) (string, error) {
	var random [8]byte
	if _, err := io.ReadFull(l.cfg.Rand, random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]) + "-" + c.hash() + ".parquet", nil
}

// hashInName returns the content hash that a data or held file's name tells; empty when it tells none.
func hashInName(key string) string {
	name := strings.TrimSuffix(path.Base(key), ".parquet")
	hash := name[strings.LastIndexByte(name, '-')+1:]
	if len(hash) != 32 {
		return ""
	}
	return hash
}

// tableFiles reads and writes the files of a table with the columns of one layout. It is immutable.
type tableFiles struct {
	lake   *Lake
	name   string
	layout *columns.Layout
}

// encode writes rows, which are in sort order, as one Parquet file.
func (t *tableFiles) encode(rows []columns.Row) (*content, columns.Summary, error) {
	out := newContent()
	w, err := columns.NewWriter(out, t.layout)
	if err != nil {
		return nil, columns.Summary{}, err
	}
	if err := w.Write(rows); err != nil {
		return nil, columns.Summary{}, err
	}
	sum, err := w.Close()
	return out, sum, err
}

// putData stores one data file of a span.
func (t *tableFiles) putData(ctx context.Context, at span, content *content, sum columns.Summary) (limnograph.DataFile, error) {
	name, err := t.lake.fileName(content)
	if err != nil {
		return limnograph.DataFile{}, err
	}
	f := limnograph.DataFile{Key: dataFolder(t.name) + at.folder() + "-" + name, Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
	f.Size, err = t.put(ctx, f.Key, content, sum.Rows)
	return f, err
}

// putHeld stores statements that wait to be merged.
func (t *tableFiles) putHeld(ctx context.Context, rows []columns.Row) (HeldFile, error) {
	content, sum, err := t.encode(rows)
	if err != nil {
		return HeldFile{}, err
	}
	name, err := t.lake.fileName(content)
	if err != nil {
		return HeldFile{}, err
	}
	h := HeldFile{Key: heldFolder(t.name) + name, Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime, Since: t.lake.cfg.Now().UnixMilli()}
	h.Size, err = t.put(ctx, h.Key, content, sum.Rows)
	return h, err
}

// put stores a file that no snapshot names yet: the sweep leaves it alone until its writer is done.
func (t *tableFiles) put(ctx context.Context, key string, content *content, rows int64) (int64, error) {
	t.lake.writing(key)
	info, err := t.lake.objects.Put(ctx, key, content.reader(), limnograph.PutOptions{IfAbsent: true})
	if err != nil {
		t.lake.written([]string{key}) // it may be there all the same; nobody will name it
		return 0, err
	}
	t.lake.metrics.written(t.name, info.Size, rows)
	return info.Size, nil
}

// open returns a reader of a data or held file. Closing it closes the file.
func (t *tableFiles) open(ctx context.Context, key string) (*rowFile, error) {
	object, err := t.lake.objects.OpenAt(ctx, key)
	if err != nil {
		return nil, fileError(key, err)
	}
	r, err := columns.NewReader(object, object.Size(), t.layout)
	if err != nil {
		return nil, errors.Join(fileError(key, err), object.Close())
	}
	return &rowFile{Reader: r, object: object, key: key}, nil
}

// rowFile is an open file of rows.
type rowFile struct {
	*columns.Reader
	object limnograph.ObjectAt
	key    string
}

// Next returns the next rows, with the file's name in errors.
func (f *rowFile) Next() ([]columns.Row, error) {
	rows, err := f.Reader.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = fileError(f.key, err)
	}
	return rows, err
}

// Close releases the file.
func (f *rowFile) Close() error { return errors.Join(f.Reader.Close(), f.object.Close()) }

// readAll reads a small file whole.
func (t *tableFiles) readAll(ctx context.Context, key string) (rows []columns.Row, err error) {
	f, err := t.open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for {
		batch, err := f.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, batch...)
	}
}

// readKeys implements keyReader.
func (t *tableFiles) readKeys(ctx context.Context, f limnograph.DataFile, yield func(sids, times []int64) error) (err error) {
	object, err := t.lake.objects.OpenAt(ctx, f.Key)
	if err != nil {
		return fileError(f.Key, err)
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	if err := columns.ReadKeys(object, object.Size(), t.layout, yield); err != nil {
		return fileError(f.Key, err)
	}
	return nil
}

// fileError names the file that could not be read, and what to do.
func fileError(key string, err error) error {
	return &limnograph.Error{
		Code: limnograph.ErrorCode(err), Op: "read lake file", Message: key, Err: err,
		Hint: "run `limno verify`; `limno rebuild` makes the table anew from landing",
	}
}
