package lake

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
)

func TestKeySet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set keySet
		truth := map[columns.Key]bool{}
		sid := rapid.SampledFrom([]int64{0, 1, -1, 1 << 62, -1 << 63, 77, 77 << 7})
		ts := rapid.Custom(func(t *rapid.T) int64 {
			minute := rapid.Int64Range(0, 59).Draw(t, "minute")
			return -3*hourMillis + minute*minuteMillis + rapid.SampledFrom([]int64{0, 0, 1, 59_999}).Draw(t, "off")
		})
		for range rapid.IntRange(0, 300).Draw(t, "n") {
			key := columns.Key{SID: sid.Draw(t, "sid") + rapid.Int64Range(0, 40).Draw(t, "more"), TS: ts.Draw(t, "ts")}
			if got := set.has(key.SID, key.TS); got != truth[key] {
				t.Fatalf("has(%v) is %v", key, got)
			}
			set.add(key.SID, key.TS)
			truth[key] = true
		}
		for key := range truth {
			if !set.has(key.SID, key.TS) {
				t.Fatalf("%v is lost", key)
			}
		}
	})
}

// seenWorld is a table of keys in files, with a seen index over it.
type seenWorld struct {
	files []limnograph.DataFile
	keys  map[string][]columns.Key
	reads int
}

func (w *seenWorld) read(_ context.Context, f limnograph.DataFile, yield func(sids, times []int64) error) error {
	w.reads++
	var sids, times []int64
	for _, k := range w.keys[f.Key] {
		sids, times = append(sids, k.SID), append(times, k.TS)
	}
	return yield(sids, times)
}

func (w *seenWorld) add(rows []columns.Row) {
	f := limnograph.DataFile{Key: string(rune('a' + len(w.files))), MinTime: rows[0].TS, MaxTime: rows[0].TS}
	for _, r := range rows {
		f.MinTime, f.MaxTime = min(f.MinTime, r.TS), max(f.MaxTime, r.TS)
		w.keys[f.Key] = append(w.keys[f.Key], r.Key())
	}
	w.files = append(w.files, f)
}

func TestSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &seenWorld{keys: map[string][]columns.Key{}}
		index := newSeen(rapid.SampledFrom([]int64{1, 2048, 1 << 20}).Draw(t, "budget"))
		truth := map[columns.Key]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			batch := drawKeys(t)
			must(t, index.prepare(context.Background(), batch, w.files, w.read))
			var fresh []columns.Row
			for i := range batch {
				if got := index.has(&batch[i]); got != truth[batch[i].Key()] {
					t.Fatalf("has(%v) is %v", batch[i].Key(), got)
				} else if !got {
					fresh = append(fresh, batch[i])
				}
			}
			if len(fresh) > 0 && rapid.Bool().Draw(t, "commits") {
				w.add(fresh)
				for _, r := range fresh {
					truth[r.Key()] = true
				}
				index.committed(fresh)
			}
			index.settle()
			if size := index.size(); size > index.budget {
				t.Fatalf("it takes %d bytes of %d", size, index.budget)
			}
			if rapid.IntRange(0, 5).Draw(t, "restart") == 0 {
				index.forget()
			}
		}
	})
}

// drawKeys draws distinct keys of few series over some hours.
func drawKeys(t *rapid.T) []columns.Row {
	keys := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) columns.Key {
		return columns.Key{SID: rapid.Int64Range(0, 60).Draw(t, "sid"), TS: rapid.Int64Range(0, 4*60).Draw(t, "minute")*minuteMillis + rapid.SampledFrom([]int64{0, 0, 0, 7}).Draw(t, "off")}
	}), 1, 80, func(k columns.Key) columns.Key { return k }).Draw(t, "keys")
	rows := make([]columns.Row, len(keys))
	for i, k := range keys {
		rows[i] = columns.Row{Series: &columns.Series{SID: k.SID}, TS: k.TS}
	}
	return rows
}

func TestSeenKeepsRecentHours(t *testing.T) {
	w := &seenWorld{keys: map[string][]columns.Key{}}
	index := newSeen(1 << 20)
	rows := []columns.Row{{Series: &columns.Series{SID: 1}, TS: 0}, {Series: &columns.Series{SID: 2}, TS: hourMillis}}
	w.add(rows)
	for range 3 {
		must(t, index.prepare(t.Context(), rows, w.files, w.read))
		index.settle()
	}
	if w.reads != 1 {
		t.Errorf("%d files were read, want 1: the hours are known after the first round", w.reads)
	}
}

func TestSeenSaysWhatCouldNotBeRead(t *testing.T) {
	w := &seenWorld{keys: map[string][]columns.Key{}}
	rows := []columns.Row{{Series: &columns.Series{SID: 1}, TS: 0}}
	w.add(rows)
	broken := errors.New("broken")
	err := newSeen(1<<20).prepare(t.Context(), rows, w.files, func(context.Context, limnograph.DataFile, func(sids, times []int64) error) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func must(t interface {
	Helper()
	Fatal(args ...any)
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A replay of many days asks for many hours at once, each of which alone would fit.
func TestSeenIsBoundedOverManyHours(t *testing.T) {
	w := &seenWorld{keys: map[string][]columns.Key{}}
	index := newSeen(64 << 10)
	var asked []columns.Row
	for hour := range int64(40) {
		var rows []columns.Row
		for sid := range int64(600) { // 16 KiB of slots: a quarter of the budget
			rows = append(rows, columns.Row{Series: &columns.Series{SID: sid << 7}, TS: hour * hourMillis})
		}
		w.add(rows)
		asked = append(asked, rows[7], columns.Row{Series: &columns.Series{SID: 1}, TS: hour * hourMillis})
	}
	must(t, index.prepare(t.Context(), asked, w.files, w.read))
	if size := index.size(); size > 2*index.budget {
		t.Errorf("a round takes %d bytes, the budget is %d", size, index.budget)
	}
	for i := range asked {
		if got, want := index.has(&asked[i]), i%2 == 0; got != want {
			t.Errorf("row %d: has is %v", i, got)
		}
	}
}
