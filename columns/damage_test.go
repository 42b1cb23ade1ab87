package columns_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
)

// tryAll reads a file that may be damaged in every way there is.
func tryAll(l *columns.Layout, content []byte) (rows int64, err error) {
	r, err := columns.NewReader(bytes.NewReader(content), int64(len(content)), l)
	if err == nil {
		for err == nil {
			var some []columns.Row
			some, err = r.Next()
			rows += int64(len(some))
			for i := range some {
				columns.Hash(&some[i])
			}
		}
		if _, again := r.Next(); again != err {
			return rows, errors.New("Next went on behind an error")
		}
	}
	if err == io.EOF {
		err = nil
	}
	return rows, errors.Join(err, columns.ReadKeys(bytes.NewReader(content), int64(len(content)), l, func(_, _ []int64) error { return nil }))
}

func smallFile(tb testing.TB, l *columns.Layout) []byte {
	tb.Helper()
	statements := fleetStatements(tb, 5*time.Minute)
	with := datapoint()
	rows := rowsOf(l, append(statements[:min(len(statements), 300)], statement{with, 1}))
	l.Sort(rows)
	return written(tb, l, rows)
}

func requireInvalid(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil && limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("%s: %v", what, err)
	}
}

// TestDamage cuts a file off, and flips bits: that is an error, or goes unnoticed, but never a panic.
func TestDamage(t *testing.T) {
	l := newLayout(t, glue(t))
	whole := smallFile(t, l)
	if _, err := tryAll(l, whole); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(whole); n += 1 + n/50 {
		if _, err := tryAll(l, whole[:n]); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("cut off at %d: %v", n, err)
		}
	}
	noticed, tried := 0, 0
	for i := 0; i < len(whole); i += 13 {
		damaged := bytes.Clone(whole)
		damaged[i] ^= byte(1 << (i % 8))
		_, err := tryAll(l, damaged)
		requireInvalid(t, "bit flipped", err)
		if tried++; err != nil {
			noticed++
		}
	}
	if noticed < tried/2 {
		t.Errorf("%d of %d flipped bits were noticed", noticed, tried)
	}
}

func TestNoParquet(t *testing.T) {
	l := newLayout(t, glue(t))
	for _, content := range []string{"", "PAR1", "PAR1PAR1", "PAR1\xff\xff\xff\xffPAR1", "PAR1\xff\xff\xff\x7fPAR1", "hello, world"} {
		if _, err := tryAll(l, []byte(content)); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestOtherLayout reads files of other tables.
func TestOtherLayout(t *testing.T) {
	s := glue(t)
	l := newLayout(t, s)
	content := smallFile(t, l)
	swap := func(a, b string) map[string]int {
		ids := maps.Clone(idsOf(s))
		ids[a], ids[b] = ids[b], ids[a]
		return ids
	}
	moved := idsOf(s)
	moved["sid"] = 99
	for name, ids := range map[string]map[string]int{
		"OtherName": swap("max", "min"), "OtherType": swap("max", "sid"), "OtherNull": swap("account_id", "metric_name"), "RequiredIsMissing": moved,
	} {
		other, err := columns.NewLayout(s, ids)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tryAll(other, content); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherVersion(t *testing.T) {
	l := newLayout(t, glue(t))
	content := smallFile(t, l)
	for from, to := range map[string]string{"limno.layout\x18\x011": "limno.layout\x18\x019", "limno.layout": "limno.layoff"} {
		other := bytes.Replace(content, []byte(from), []byte(to), 1)
		if bytes.Equal(other, content) {
			t.Fatalf("the file does not hold %q", from)
		}
		if _, err := tryAll(l, other); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: %v", to, err)
		}
	}
}

var errDisk = errors.New("disk")

// failingReader fails at the n-th read.
type failingReader struct {
	io.ReaderAt
	left int
}

func (f *failingReader) ReadAt(p []byte, off int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, off)
}

// TestBrokenDiskIsNoDamage tells an error of the disk from a damaged file, at every read.
func TestBrokenDiskIsNoDamage(t *testing.T) {
	l := newLayout(t, glue(t))
	content := smallFile(t, l)
	read := func(r io.ReaderAt) error {
		reader, err := columns.NewReader(r, int64(len(content)), l)
		for err == nil {
			_, err = reader.Next()
		}
		return err
	}
	keys := func(r io.ReaderAt) error {
		if err := columns.ReadKeys(r, int64(len(content)), l, func(_, _ []int64) error { return nil }); err != nil {
			return err
		}
		return io.EOF
	}
	for name, read := range map[string]func(io.ReaderAt) error{"Rows": read, "Keys": keys} {
		for n := 0; ; n++ {
			err := read(&failingReader{bytes.NewReader(content), n})
			if err == io.EOF {
				if n < 3 {
					t.Errorf("%s: only %d reads", name, n)
				}
				break
			}
			if !errors.Is(err, errDisk) || limnograph.ErrorCode(err) == limnograph.CodeInvalid {
				t.Fatalf("%s, read %d fails: %v", name, n, err)
			}
		}
	}
}

func TestErrorOfYield(t *testing.T) {
	l := newLayout(t, glue(t))
	content := smallFile(t, l)
	err := columns.ReadKeys(bytes.NewReader(content), int64(len(content)), l, func(_, _ []int64) error { return errDisk })
	if !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

// failingWriter fails behind n bytes.
type failingWriter struct{ left int }

func (f *failingWriter) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	l := newLayout(t, glue(t))
	content := smallFile(t, l)
	rows := readAll(t, l, content)
	for n := 0; n < len(content); n += 97 {
		w, err := columns.NewWriter(&failingWriter{n}, l)
		if err == nil {
			err = w.Write(rows)
		}
		if err == nil {
			_, err = w.Close()
		}
		if !errors.Is(err, errDisk) {
			t.Fatalf("disk full behind %d bytes: %v", n, err)
		}
	}
}

// TestWriterRefuses rows that must not be stored.
func TestWriterRefuses(t *testing.T) {
	l := newLayout(t, glue(t))
	dp := datapoint()
	at := func(ts, version int64) columns.Row {
		dp.Timestamp = ts
		return l.NewInterner().Row(&dp, version)
	}
	tests := map[string]struct {
		rows []columns.Row
		ok   bool
	}{
		"OK":              {[]columns.Row{at(1, 5), at(2, 4)}, true},
		"OneKey":          {[]columns.Row{at(1, 4), at(1, 5)}, true},
		"OneKeyBackwards": {[]columns.Row{at(1, 5), at(1, 4)}, false},
		"Backwards":       {[]columns.Row{at(2, 1), at(1, 2)}, false},
		"TooLate":         {[]columns.Row{at(9223372036854776, 1)}, false},
		"TooEarly":        {[]columns.Row{at(-9223372036854776, 1)}, false},
		"Latest":          {[]columns.Row{at(-9223372036854775, 1), at(9223372036854775, 1)}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, err := columns.NewWriter(io.Discard, l)
			if err != nil {
				t.Fatal(err)
			}
			for i := range tt.rows { // order holds over calls
				if err = w.Write(tt.rows[i : i+1]); err != nil {
					break
				}
			}
			if tt.ok && err != nil || !tt.ok && limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Fatal(err)
			}
			if _, again := w.Close(); again != err {
				t.Errorf("Close says %v after %v", again, err)
			}
		})
	}
}

// FuzzRead reads any bytes as a file.
func FuzzRead(f *testing.F) {
	l := newLayout(f, glue(f))
	f.Add(smallFile(f, l))
	f.Add(written(f, l, nil))
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := tryAll(l, content)
		requireInvalid(t, "damaged", err)
	})
}
