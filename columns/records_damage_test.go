package columns_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"limnograph"
	"limnograph/columns"
)

// fewRuns is a small file with all types, NULL, and texts that repeat.
func fewRuns(tb testing.TB) []byte {
	tb.Helper()
	var rows [][]any
	for i := range 50 {
		row := run(fmt.Sprint("job-", i/10), fmt.Sprintf("jr_%03d", i))
		for at := 4; at < 9; at++ {
			if (i+at)%3 == 0 {
				row[at] = nil
			}
		}
		rows = append(rows, row)
	}
	return writtenRecords(tb, runs(), rows)
}

func readDamaged(content []byte) error {
	_, err := columns.ReadRecords(bytes.NewReader(content), int64(len(content)), runs(), idsOf(runs()))
	return err
}

// TestDamagedRecords cuts a file off, and flips bits: that is an error, or goes unnoticed, but never a panic.
func TestDamagedRecords(t *testing.T) {
	whole := fewRuns(t)
	if err := readDamaged(whole); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if err := readDamaged(whole[:n]); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("cut off at %d: %v", n, err)
		}
	}
	noticed := 0
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= byte(1 << (i % 8))
		err := readDamaged(damaged)
		requireInvalid(t, "bit flipped", err)
		if err != nil {
			noticed++
		}
	}
	if noticed < len(whole)/2 {
		t.Errorf("%d of %d flipped bits were noticed", noticed, len(whole))
	}
}

func TestRecordsOfOtherFiles(t *testing.T) {
	whole := fewRuns(t)
	requireCodeInvalid(t, readDamaged(smallFile(t, newLayout(t, glue(t)))))
	requireCodeInvalid(t, readDamaged(bytes.Replace(whole, []byte("limno.layout\x18\x011"), []byte("limno.layout\x18\x019"), 1)))
	requireCodeInvalid(t, readDamaged([]byte("PAR1\xff\xff\xff\x7fPAR1")))
}

// TestRecordsOnABrokenDisk tells an error of the disk from a damaged file, at every read and write.
func TestRecordsOnABrokenDisk(t *testing.T) {
	content := fewRuns(t)
	reads := 0
	for ; ; reads++ {
		_, err := columns.ReadRecords(&failingReader{bytes.NewReader(content), reads}, int64(len(content)), runs(), idsOf(runs()))
		if err == nil {
			break
		}
		if !errors.Is(err, errDisk) || limnograph.ErrorCode(err) == limnograph.CodeInvalid {
			t.Fatalf("read %d fails: %v", reads, err)
		}
	}
	if reads < 3 {
		t.Errorf("only %d reads", reads)
	}
	rows := readRecords(t, runs(), content)
	for n := 0; n < len(content); n += 7 {
		if _, err := columns.WriteRecords(&failingWriter{n}, runs(), idsOf(runs()), rows); !errors.Is(err, errDisk) {
			t.Fatalf("disk full behind %d bytes: %v", n, err)
		}
	}
}

// FuzzReadRecords reads any bytes as a file.
func FuzzReadRecords(f *testing.F) {
	f.Add(fewRuns(f))
	f.Add(writtenRecords(f, runs(), nil))
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, content []byte) {
		requireInvalid(t, "damaged", readDamaged(content))
	})
}
