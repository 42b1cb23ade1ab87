package landing_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

// damagedSegment leaves a segment with the batches a, b and c, of 3, 2 and 4 lines, as a killed process does. It
// returns its name, its content and where each member ends.
func damagedSegment(t *testing.T, s *mem.Store) (name string, content []byte, ends []int) {
	t.Helper()
	l := newLander(t, s, landing.Config{}, nil)
	for _, p := range []limnograph.Part{part("glue_metrics", "a", 3), part("glue_metrics", "b", 2), part("glue_metrics", "c", 4)} {
		must(t, l.Append(t.Context(), batch(p)))
		name, content = onlySegment(t, s)
		ends = append(ends, len(content))
	}
	s.Kill()
	return name, content, ends
}

func onlySegment(t *testing.T, s *mem.Store) (name string, content []byte) {
	t.Helper()
	names, err := s.Names(t.Context())
	if err != nil || len(names) != 1 {
		t.Fatalf("segments %q, %v", names, err)
	}
	_, r, err := s.Recover(t.Context(), names[0])
	must(t, err)
	content, err = io.ReadAll(r)
	must(t, err)
	return names[0], content
}

// overwrite gives a segment other content, durably.
func overwrite(t *testing.T, s *mem.Store, name string, content []byte) {
	t.Helper()
	g, r, err := s.Recover(t.Context(), name)
	must(t, err)
	must(t, r.Close())
	must(t, g.Truncate(0))
	_, err = g.Write(content)
	must(t, err)
	must(t, g.Sync())
	must(t, g.Close())
}

func flipped(content []byte, at int) []byte {
	content = bytes.Clone(content)
	content[at] ^= 1
	return content
}

func read(t testing.TB, s limnograph.ObjectReader, key string) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	must(t, err)
	defer r.Close()
	content, err := io.ReadAll(r)
	must(t, err)
	return content
}

func metricsOf(lines []line) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Metric)
	}
	return strings.Join(all, "")
}

func TestDamage(t *testing.T) {
	for name, tt := range map[string]struct {
		at   func(ends []int) int // the flipped byte
		want string
		gap  func(ends []int) (from, to int)
	}{
		"InTheFirstMemberKeepsTheOthers": {
			func(ends []int) int { return ends[0] / 2 }, "bbcccc",
			func(ends []int) (int, int) { return 0, ends[0] },
		},
		"InAHeaderKeepsTheOthers": {
			func([]int) int { return 0 }, "bbcccc",
			func(ends []int) (int, int) { return 0, ends[0] },
		},
		"InTheMiddleKeepsBothSides": {
			func(ends []int) int { return (ends[0] + ends[1]) / 2 }, "aaacccc",
			func(ends []int) (int, int) { return ends[0], ends[1] },
		},
		"InTheLastHeaderIsNoTear": {
			func(ends []int) int { return ends[1] + 2 }, "aaabb",
			func(ends []int) (int, int) { return ends[1], ends[2] },
		},
		"InTheLastChecksumIsNoTear": {
			func(ends []int) int { return ends[2] - 8 }, "aaabb",
			func(ends []int) (int, int) { return ends[1], ends[2] },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, seen := mem.New(), newEvents()
			segment, content, ends := damagedSegment(t, s)
			overwrite(t, s, segment, flipped(content, tt.at(ends)))
			var log bytes.Buffer
			newLander(t, s, landing.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, seen.add)
			if got := metricsOf(landed(t, s)); got != tt.want {
				t.Errorf("landed %q, want %q", got, tt.want)
			}
			if len(seen.all) != 1 || seen.all[0].Lines != int64(len(tt.want)) || seen.all[0].MinTime != 1000 {
				t.Errorf("announced %+v", seen.all)
			}
			from, to := tt.gap(ends)
			saved := "quarantine/damaged/" + segment + "-" + strconv.Itoa(from) + ".bin"
			if diff := cmp.Diff([]string{saved}, keysOf(t, s, objectkey.QuarantinePrefix)); diff != "" {
				t.Fatal(diff)
			}
			if got := read(t, s, saved); !bytes.Equal(got, flipped(content, tt.at(ends))[from:to]) {
				t.Errorf("%d bytes saved, want those from %d to %d", len(got), from, to)
			}
			for _, want := range []string{"level=WARN", "segment=" + strconv.Quote(segment), "offset=" + strconv.Itoa(from), "bytes=" + strconv.Itoa(to-from)} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("no %q in the log: %s", want, log.String())
				}
			}
			if names, err := s.Names(t.Context()); err != nil || len(names) != 0 {
				t.Errorf("segments %q are left, %v", names, err)
			}
		})
	}
	t.Run("ATearThatEndsInZerosIsNotSaved", func(t *testing.T) {
		for _, left := range []int{0, 5, 100} { // bytes of the last member
			s := mem.New()
			segment, content, ends := damagedSegment(t, s)
			overwrite(t, s, segment, append(content[:ends[1]+left], make([]byte, 200)...))
			newLander(t, s, landing.Config{}, nil)
			if got, keys := metricsOf(landed(t, s)), keysOf(t, s, objectkey.QuarantinePrefix); got != "aaabb" || len(keys) != 0 {
				t.Errorf("%d bytes left: landed %q, saved %q", left, got, keys)
			}
		}
	})
	t.Run("ATearIsNotSavedButTold", func(t *testing.T) {
		s := mem.New()
		segment, content, ends := damagedSegment(t, s)
		overwrite(t, s, segment, content[:ends[2]-3])
		var log bytes.Buffer
		newLander(t, s, landing.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, nil)
		if got := metricsOf(landed(t, s)); got != "aaabb" {
			t.Errorf("landed %q", got)
		}
		if keys := keysOf(t, s, objectkey.QuarantinePrefix); len(keys) != 0 {
			t.Errorf("saved %q", keys)
		}
		want := "offset=" + strconv.Itoa(ends[1]) + " bytes=" + strconv.Itoa(ends[2]-3-ends[1])
		if !strings.Contains(log.String(), "level=INFO") || !strings.Contains(log.String(), want) {
			t.Errorf("log %q", log.String())
		}
	})
	t.Run("WithNothingWholeIsSaved", func(t *testing.T) {
		s := mem.New()
		segment, content, ends := damagedSegment(t, s)
		overwrite(t, s, segment, flipped(content[:ends[0]], ends[0]-8))
		newLander(t, s, landing.Config{}, nil)
		if keys := keysOf(t, s, ""); len(keys) != 2 || keys[1] != "quarantine/damaged/"+segment+"-0.bin" {
			t.Errorf("objects %q", keys)
		}
	})
	t.Run("AnObjectMadeOfTheDamageIsReplaced", func(t *testing.T) {
		s := mem.New()
		segment, content, ends := damagedSegment(t, s)
		bad := flipped(content, ends[0]/2)
		overwrite(t, s, segment, bad)
		key := putTwin(t, s, bad)
		newLander(t, s, landing.Config{}, nil)
		if got := read(t, s, key); !bytes.Equal(got, content[ends[0]:]) {
			t.Errorf("the object has %d bytes", len(got))
		}
	})
	t.Run("AnObjectOfOtherContentStopsTheStart", func(t *testing.T) {
		s := mem.New()
		segment, content, ends := damagedSegment(t, s)
		overwrite(t, s, segment, flipped(content, ends[0]/2))
		putTwin(t, s, []byte("other"))
		_, err := landing.New(t.Context(), s, s, nil, landing.Config{})
		wantCode(t, err, limnograph.CodeConflict)
	})
}

// One damaged byte, wherever it is, costs no more than its own member.
func TestAFlippedByteCostsAtMostItsMember(t *testing.T) {
	s := mem.New()
	segment, content, ends := damagedSegment(t, s)
	for at := range content {
		overwrite(t, s, segment, flipped(content, at))
		newLander(t, s, landing.Config{}, nil)
		want := "aaabb"
		if at < ends[0] {
			want = "bbcccc"
		} else if at < ends[1] {
			want = "aaacccc"
		}
		got := metricsOf(landed(t, s))
		if got != want && got != "aaabbcccc" { // no checksum covers some bytes of a header
			t.Errorf("byte %d flipped: landed %q, want %q", at, got, want)
		}
		s = mem.New()
		g, err := s.Create(t.Context(), segment)
		must(t, err)
		must(t, g.Close())
	}
}

// putTwin stores content under the key of the segment that damagedSegment leaves.
func putTwin(t *testing.T, s *mem.Store, content []byte) (key string) {
	t.Helper()
	key = objectkey.Landing{Table: "glue_metrics", Sender: "team-a", Stream: "glue-stream", Arrival: arrival, Sequence: 1}.Key()
	_, err := s.Put(t.Context(), key, bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)
	return key
}

// Wherever a crash or a failure interrupts a repair, the next start completes it.
func TestAnInterruptedRepairIsCompleted(t *testing.T) {
	check := func(t *testing.T, s *mem.Store, segment string, bad []byte, ends []int) {
		t.Helper()
		newLander(t, s, landing.Config{}, nil)
		if got := metricsOf(landed(t, s)); got != "aaacccc" {
			t.Fatalf("landed %q", got)
		}
		saved := read(t, s, "quarantine/damaged/"+segment+"-"+strconv.Itoa(ends[0])+".bin")
		if names, err := s.Names(t.Context()); err != nil || len(names) != 0 || !bytes.Equal(saved, bad[ends[0]:ends[1]]) {
			t.Fatalf("segments %q are left, %d bytes are saved, %v", names, len(saved), err)
		}
	}
	prepare := func(t *testing.T, s *mem.Store) (segment string, bad []byte, ends []int) {
		segment, content, ends := damagedSegment(t, s)
		bad = flipped(content, (ends[0]+ends[1])/2)
		overwrite(t, s, segment, bad)
		return segment, bad, ends
	}
	for steps := range 20 {
		for seed := range uint64(20) {
			s := mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(seed, 0))})
			segment, bad, ends := prepare(t, s)
			s.CrashAfter(steps)
			_, _ = landing.New(t.Context(), s, s, nil, landing.Config{})
			s.PowerCut()
			check(t, s, segment, bad, ends)
		}
	}
	for _, op := range []mem.Op{mem.OpPut, mem.OpRemove} {
		s := mem.New()
		segment, bad, ends := prepare(t, s)
		s.FailNext(op, errors.New("boom"))
		if _, err := landing.New(t.Context(), s, s, nil, landing.Config{}); err == nil {
			t.Errorf("the failure of %s is hidden", op)
		}
		check(t, s, segment, bad, ends)
	}
}
