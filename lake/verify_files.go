package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"limnograph"
	"limnograph/columns"
)

// storedFile is a data or held file of a state.
type storedFile struct {
	key      string
	size     int64
	rows     int64
	min, max int64
	held     bool
}

func storedFiles(s state) []storedFile {
	files := make([]storedFile, 0, len(s.Files)+len(s.Held))
	for _, f := range s.Files {
		files = append(files, storedFile{key: f.Key, size: f.Size, rows: f.Rows, min: f.MinTime, max: f.MaxTime})
	}
	for _, h := range s.Held {
		files = append(files, storedFile{key: h.Key, size: h.Size, rows: h.Rows, min: h.MinTime, max: h.MaxTime, held: true})
	}
	return files
}

// readFiles checks every file of the state and sums what the table holds.
func (v *verification) readFiles(ctx context.Context) error {
	var files []storedFile
	for _, f := range storedFiles(v.pin.base) {
		if v.within.overlaps(f.min, f.max) {
			files = append(files, f)
		}
	}
	v.report.Files = len(files)
	return v.spread(ctx, len(files), func(ctx context.Context) func(i int) error {
		return func(i int) error { return v.readFile(ctx, files[i]) }
	})
}

func (v *verification) readFile(ctx context.Context, f storedFile) error {
	sums := make(hourSums)
	err := v.pin.files.checkContent(ctx, f)
	if err == nil {
		err = v.sumFile(ctx, f, sums)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		v.damage(f, err)
		return nil
	}
	if !f.held {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.stored.merge(sums)
		v.progress.add(f.rows)
	}
	return nil
}

// damage names a file. What it may hold is not compared.
func (v *verification) damage(f storedFile, err error) {
	what := "damaged data file: "
	if f.held {
		what = "damaged held file: "
	}
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		what = "missing file: "
	}
	v.problem(f.key, what+fmt.Sprintf("%s; its %d rows were not compared", causeOf(err), f.rows))
	v.mu.Lock()
	defer v.mu.Unlock()
	v.damaged = append(v.damaged, window{from: hourOf(f.min) * hourMillis, to: (hourOf(f.max) + 1) * hourMillis})
}

func (v *verification) isDamaged(hour int64) bool {
	for _, w := range v.damaged {
		if w.overlaps(hour*hourMillis, hour*hourMillis) {
			return true
		}
	}
	return false
}

// checkContent compares the content of a file with the hash in its name. Errors: CodeInvalid (it differs), CodeNotFound.
func (t *tableFiles) checkContent(ctx context.Context, f storedFile) (err error) {
	object, err := t.lake.objects.OpenAt(ctx, f.key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(object, 0, object.Size())); err != nil {
		return err
	}
	if want := hashInName(f.key); hex.EncodeToString(hash.Sum(nil)[:16]) != want || object.Size() != f.size {
		return damagedFile(f.key, fmt.Sprintf("its %d bytes do not have the hash that its name tells, or are not the %d that were written", object.Size(), f.size))
	}
	return nil
}

func damagedFile(key, why string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read lake file", Message: key, Err: errors.New(why)}
}

func (v *verification) sumFile(ctx context.Context, f storedFile, sums hourSums) error {
	var rows int64
	err := v.pin.files.eachRow(ctx, f.key, func(r *columns.Row) error {
		rows++
		switch {
		case r.TS < f.min || r.TS > f.max:
			return damagedFile(f.key, "it has timestamps outside the bounds that the table knows")
		case v.within.has(r.Series.SID, r.TS):
			sums.add(r.TS, columns.Hash(r), r.Version)
		}
		return nil
	})
	if err == nil && rows != f.rows {
		err = damagedFile(f.key, fmt.Sprintf("it has %d rows, the table knows %d", rows, f.rows))
	}
	return err
}

// eachRow calls f for every row of a file, in its order. The row is valid until f returns.
func (t *tableFiles) eachRow(ctx context.Context, key string, f func(r *columns.Row) error) (err error) {
	file, err := t.open(ctx, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for {
		rows, err := file.Next()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		for i := range rows {
			if err := f(&rows[i]); err != nil {
				return err
			}
		}
	}
}
