package landing_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

// landedLines reads an object, as far as it can be.
func landedLines(t testing.TB, h *landing.History, key string) (lines int, batches []limnograph.LandedBatch, err error) {
	t.Helper()
	err = h.ReadObject(t.Context(), key, func(b limnograph.LandedBatch) error {
		lines += b.Count
		b.Lines = nil
		batches = append(batches, b)
		return nil
	})
	return lines, batches, err
}

func ledgerOf(t testing.TB, f limnograph.File) *mem.Catalog {
	t.Helper()
	c := mem.NewCatalog()
	_, err := c.EnsureTable(t.Context(), limnograph.Schema{Table: feedTable})
	must(t, err)
	must(t, c.Record(t.Context(), feedTable, []limnograph.File{f}))
	return c
}

// gzipMember makes one member of an object.
func gzipMember(t testing.TB, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Name = name
	_, err := io.WriteString(z, text)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func TestHistoryListsAndReadsObjects(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{}, nil)
	for i, words := range []string{"a", "b", "c"} {
		b := batch(part(feedTable, words, i+1))
		b.Arrival = arrival.Add(time.Duration(i) * time.Second)
		must(t, l.Append(t.Context(), b))
	}
	must(t, l.Seal(t.Context()))
	key := keysOf(t, s, objectkey.MetricsPrefix)[0]
	info, err := s.Stat(t.Context(), key)
	must(t, err)
	known, unknown := limnograph.File{Key: key, Size: info.Size, Lines: 6, MinTime: 1000, MaxTime: 1002}, limnograph.File{Key: key, Size: info.Size}
	for name, tt := range map[string]struct {
		ledger limnograph.ObjectLedger
		want   limnograph.File
	}{
		"NoLedger":      {nil, unknown},
		"UnknownTable":  {mem.NewCatalog(), unknown},
		"UnknownObject": {ledgerOf(t, limnograph.File{Key: key + "x", Size: info.Size, Lines: 1}), unknown},
		"OtherSize":     {ledgerOf(t, limnograph.File{Key: key, Size: 1, Lines: 1}), unknown},
		"KnownObject":   {ledgerOf(t, known), known},
	} {
		t.Run(name, func(t *testing.T) {
			var got []limnograph.File
			for f, err := range landing.NewHistory(s, tt.ledger).Objects(t.Context(), feedTable) {
				must(t, err)
				got = append(got, f)
			}
			if diff := cmp.Diff([]limnograph.File{tt.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	h := landing.NewHistory(s, nil)
	lines, batches, err := landedLines(t, h, key)
	if err != nil || lines != 6 || len(batches) != 3 || !batches[2].Arrival.Equal(arrival.Add(2*time.Second)) || batches[2].MaxTime != 1002 || batches[2].Position != 3<<24 {
		t.Errorf("%d lines in %+v, %v", lines, batches, err)
	}
	_, _, err = landedLines(t, h, key+"x")
	wantCode(t, err, limnograph.CodeNotFound)
	damage(t, s, key)
	lines, _, err = landedLines(t, h, key)
	if wantCode(t, err, limnograph.CodeInvalid); lines != 3 {
		t.Errorf("of a damaged object %d lines come", lines)
	}
}

// What version 1 wrote has no arrival in the names of its members.
func TestObjectsOfVersion1AreRead(t *testing.T) {
	s := mem.New()
	key := objectkey.Landing{Table: feedTable, Sender: "a", Stream: "s", Arrival: arrival, Sequence: 7}.Key()
	content := gzipMember(t, "7.1.1000.1000", `{"timestamp":1000,"limno_position":117440512}`+"\n")
	content = append(content, gzipMember(t, "8.1.1000.1000.1795499523000", `{"timestamp":1000,"limno_position":134217728}`+"\n")...)
	_, err := s.Put(t.Context(), key, bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)
	_, batches, err := landedLines(t, landing.NewHistory(s, nil), key)
	if err != nil || len(batches) != 2 || !batches[0].Arrival.Equal(arrival) || batches[1].Arrival.UnixMilli() != 1795499523000 {
		t.Errorf("%+v, %v", batches, err)
	}
	r := newReader(t, newLander(t, s, landing.Config{}, nil), s)
	r.wantNew(2, 2)
	if got := r.got[7<<24].arrival; !got.Equal(arrival) {
		t.Errorf("arrived %v", got)
	}
}

// An object that ends between two batches reads well as far as it goes, and is damaged all the same.
func TestObjectsCutOffBetweenBatchesAreDamaged(t *testing.T) {
	s := mem.New()
	h := landing.NewHistory(s, nil)
	for name, tt := range map[string]struct {
		through   uint64
		sequences []uint64
		damaged   bool
	}{
		"Empty":        {0, nil, true},
		"EmptyPacked":  {6, nil, true},
		"CutOffPacked": {6, []uint64{3, 4}, true},
		"Whole":        {0, []uint64{3, 4}, false},
		"WholePacked":  {6, []uint64{3, 6}, false},
	} {
		t.Run(name, func(t *testing.T) {
			key := objectkey.Landing{Table: feedTable, Sender: name, Stream: "s", Arrival: arrival, Sequence: 3, Through: tt.through}.Key()
			var content []byte
			for _, n := range tt.sequences {
				content = append(content, gzipMember(t, fmt.Sprint(n, ".1.0.0"), fmt.Sprintf(`{"n":1,"limno_position":%d}`+"\n", n<<24))...)
			}
			_, err := s.Put(t.Context(), key, bytes.NewReader(content), limnograph.PutOptions{})
			must(t, err)
			lines, _, err := landedLines(t, h, key)
			if damaged := limnograph.ErrorCode(err) == limnograph.CodeInvalid; damaged != tt.damaged || lines != len(tt.sequences) {
				t.Errorf("%d lines, %v", lines, err)
			}
		})
	}
}

// A packed object stands for its parts, which may be there still, and for no other.
func TestPackedObjectsStandForTheirParts(t *testing.T) {
	s := mem.New()
	at := func(sequence, through uint64) objectkey.Landing {
		return objectkey.Landing{Table: feedTable, Sender: "a", Stream: "s", Arrival: arrival, Sequence: sequence, Through: through}
	}
	put := func(l objectkey.Landing, sequences ...uint64) {
		var content []byte
		for _, n := range sequences {
			content = append(content, gzipMember(t, fmt.Sprint(n, ".1.0.0"), fmt.Sprintf(`{"n":1,"limno_position":%d}`+"\n", n<<24))...)
		}
		_, err := s.Put(t.Context(), l.Key(), bytes.NewReader(content), limnograph.PutOptions{})
		must(t, err)
	}
	put(at(3, 6), 3, 4, 5, 6)
	put(at(3, 0), 3, 4)
	put(at(5, 0), 5, 6)
	put(at(7, 0), 7)
	put(at(2, 0), 2)
	other := at(4, 0)
	other.Arrival = arrival.Add(time.Hour)
	put(other, 9)
	h := landing.NewHistory(s, nil)
	total := 0
	for f, err := range h.Objects(t.Context(), feedTable) {
		must(t, err)
		lines, _, err := landedLines(t, h, f.Key)
		must(t, err)
		total += lines
	}
	if total != 7 {
		t.Errorf("%d lines", total)
	}
	newReader(t, newLander(t, s, landing.Config{}, nil), s).wantNew(7, 7)
}

// A reader that loses what it was given last gets it again, also within a packed object, of which no mark says how far it
// was read.
func TestWhatAReaderLostComesAgain(t *testing.T) {
	s := mem.New()
	packed := objectkey.Landing{Table: feedTable, Sender: "a", Stream: "s", Arrival: arrival, Sequence: 1, Through: 4}
	var content []byte
	for n := range 4 {
		content = append(content, gzipMember(t, fmt.Sprint(n+1, ".1.0.0"), fmt.Sprintf(`{"n":1,"limno_position":%d}`+"\n", (n+1)<<24))...)
	}
	_, err := s.Put(t.Context(), packed.Key(), bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)
	r := newReader(t, newLander(t, s, landing.Config{}, nil), s)
	r.read(1)
	kept, has := r.mark, len(r.got)
	for range 2 { // and lose it
		r.mark = kept
		if r.read(1); r.new != 1 {
			t.Fatalf("%d lines", r.new)
		}
	}
	r.mark, r.got = kept, map[int64]given{}
	for r.read(1) {
	}
	if len(r.got) < 4-has {
		t.Errorf("%d lines come, want those that are not covered by %s", len(r.got), kept)
	}
}
