package cataloging_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/objectkey"
)

// files returns the published files of the first table.
func (w *world) files() []limnograph.File { return w.worker.FileSet().Tables[0].Files }

// wantFiles compares the published files and those of the ledger, both in the order of their keys.
func (w *world) wantFiles(want ...limnograph.File) {
	w.t.Helper()
	byKey := func(a, b limnograph.File) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) }
	slices.SortFunc(want, byKey)
	if diff := cmp.Diff(want, slices.SortedFunc(slices.Values(w.files()), byKey)); diff != "" {
		w.t.Errorf("published (-want +got):\n%s", diff)
	}
	recorded, err := w.cat.Objects(w.t.Context(), "glue_metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(want, recorded); diff != "" {
		w.t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

// The lander seals what a killed process left, and says so before the worker loads.
func TestEventsBeforeLoadKeepTheirBounds(t *testing.T) {
	w := newWorld(t)
	ev := w.put("glue_metrics", "a", noon)
	w.worker.Notify(ev)
	w.load()
	w.wantFiles(limnograph.File(ev))
}

func TestEventAfterListingBringsTheBounds(t *testing.T) {
	w := newWorld(t)
	ev := w.put("glue_metrics", "a", noon)
	other := w.put("glue_metrics", "a", noon)
	w.load()
	before := w.worker.FileSet()
	repeated := ev
	repeated.Lines, repeated.MinTime = 9, 1
	for _, notified := range []limnograph.ObjectEvent{{Key: ev.Key, Size: ev.Size}, ev, repeated} {
		w.worker.Notify(notified)
		if err := w.worker.Run(cancelled(t)); err != nil {
			t.Fatal(err)
		}
	}
	w.wantFiles(limnograph.File(ev), limnograph.File{Key: other.Key, Size: other.Size})
	if before.Tables[0].Files[0].Lines != 0 {
		t.Error("an earlier file set changed")
	}
	w.start()
	w.load()
	w.wantFiles(limnograph.File(ev), limnograph.File{Key: other.Key, Size: other.Size})
}

// An object can be listed before its event is taken.
func TestEventDuringReconciliationKeepsItsBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		w.put("glue_metrics", "a", time.Now()) // so that the sender's folder is looked at
		listed := &listing{ObjectReader: w.store}
		w.worker = cataloging.New(listed, w.cat, w.cat, w.known, cataloging.Config{FillEvery: 1000 * time.Hour})
		w.load()
		late := make(chan limnograph.ObjectEvent, 1)
		listed.before(func() {
			select {
			case ev := <-late:
				w.worker.Notify(ev)
			default:
			}
		})
		stop := w.run()
		ev := w.put("glue_metrics", "a", time.Now())
		late <- ev
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if i := slices.Index(w.files(), limnograph.File(ev)); i < 0 {
			t.Errorf("without bounds: %+v", w.files())
		}
		stop()
	})
}

type seq = iter.Seq2[limnograph.ObjectInfo, error]

// listing calls a hook before it lists.
type listing struct {
	limnograph.ObjectReader
	mu   sync.Mutex
	hook func()
}

func (l *listing) before(hook func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hook = hook
}

func (l *listing) List(ctx context.Context, prefix, after string) seq {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hook != nil {
		l.hook()
	}
	return l.ObjectReader.List(ctx, prefix, after)
}

// gz builds an object of members with these names.
func gz(t testing.TB, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, name := range names {
		z := gzip.NewWriter(&out)
		z.Name = name
		if _, err := z.Write(bytes.Repeat([]byte("a line of "+name+"\n"), 1000)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// line is a datapoint at a time, as Firehose delivers it.
func line(at int) string {
	return fmt.Sprintf(`{"metric_stream_name":"s","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"m","dimensions":{},"timestamp":%d,"value":{"max":1.0,"min":1.0,"sum":1.0,"count":1.0},"unit":"Count"}`+"\n", at)
}

// zip builds an object of one member without a name.
func zip(t testing.TB, parts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	for _, part := range parts {
		if _, err := io.WriteString(z, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// land stores content as an object of glue_metrics that nobody notifies of.
func (w *world) land(arrival time.Time, content []byte) limnograph.File {
	w.t.Helper()
	w.seq++
	key := objectkey.Landing{Table: "glue_metrics", Sender: "a", Stream: "s", Arrival: arrival, Sequence: w.seq}.Key()
	info, err := w.store.Put(w.t.Context(), key, bytes.NewReader(content), limnograph.PutOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return limnograph.File{Key: key, Size: info.Size}
}

func TestUnknownBoundsAreReadFromTheMembers(t *testing.T) {
	good := gz(t, "1.2.30.40", "2.5.-10.35", "4.1.20.60")
	for name, tc := range map[string]struct {
		content             []byte
		lines, first, final int64
	}{
		"members of landing":        {good, 8, -10, 60},
		"one member":                {gz(t, "7.3.5.5"), 3, 5, 5},
		"no datapoints":             {gz(t, ""), 0, 0, 0},
		"one member without a name": {gz(t, "1.2.30.40", ""), 0, 0, 0},
		"written by Firehose":       {zip(t, line(50), line(20)), 2, 20, 50},
		"no line break at the end":  {zip(t, line(50)+strings.TrimSpace(line(20))), 2, 20, 50},
		"no line breaks at all":     {zip(t, strings.TrimSpace(line(50))+strings.TrimSpace(line(20))), 2, 20, 50},
		"blank lines":               {zip(t, "\n\n"+line(50)+"\n"+line(20)+"\n"), 2, 20, 50},
		"long":                      {zip(t, strings.Repeat(line(50), 40_000)+line(60)+line(10)), 40_002, 10, 60},
		"both kinds":                {append(gz(t, "1.2.30.40"), zip(t, line(50))...), 3, 30, 50},
		"a line that is none":       {zip(t, line(50)+"{}\n"+line(20)), 0, 0, 0},
		"a torn line":               {zip(t, line(50)+line(20)[:30]), 0, 0, 0},
		"a line beyond reason":      {zip(t, line(50)+`{"x":"`+strings.Repeat("x", 17<<20)+`"}`+"\n"+line(20)), 0, 0, 0},
		"nothing":                   {zip(t, ""), 0, 0, 0},
		"another name":              {gz(t, "a.b.c.d"), 0, 0, 0},
		"no lines":                  {gz(t, "1.0.0.0"), 0, 0, 0},
		"bounds that cross":         {gz(t, "1.2.40.30"), 0, 0, 0},
		"lines beyond reason":       {gz(t, "1.9000000000000000000.30.40"), 0, 0, 0},
		"torn":                      {good[:len(good)-3], 0, 0, 0},
		"no gzip":                   {[]byte("content"), 0, 0, 0},
		"rubbish after it":          {append(slices.Clip(good), "rubbish, rubbish"...), 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				want := w.land(noon, tc.content)
				w.load()
				w.wantFiles(want)
				stop := w.run()
				time.Sleep(2 * time.Second)
				synctest.Wait()
				want.Lines, want.MinTime, want.MaxTime = tc.lines, tc.first, tc.final
				w.wantFiles(want)
				stop()
			})
		})
	}
}

// opened notes what is opened, and may hold or change what happens then.
type opened struct {
	limnograph.ObjectReader
	mu   sync.Mutex
	keys []string
	hook func(key string)
}

func (o *opened) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	o.mu.Lock()
	o.keys = append(o.keys, key)
	o.mu.Unlock()
	r, err := o.ObjectReader.Open(ctx, key)
	if o.hook != nil {
		o.hook(key)
	}
	return r, err
}

func (o *opened) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.keys)
}

func (w *world) observed(hook func(key string)) *opened {
	o := &opened{ObjectReader: w.store, hook: hook}
	w.worker = cataloging.New(o, w.cat, w.cat, w.known, cataloging.Config{})
	return o
}

func TestBoundsAreReadNewestFirstAFewAtATimeAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var newestFirst []string
		for i := range 150 {
			content := gz(t, "1.2.3.4")
			if i%2 == 0 {
				content = gz(t, "") // stays unknown
			}
			newestFirst = append(newestFirst, w.land(noon.Add(-time.Duration(i)*time.Minute), content).Key)
		}
		o := w.observed(nil)
		w.load()
		stop := w.run()
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		if n := len(o.list()); n == 0 || n > 100 {
			t.Errorf("%d objects in the first round", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff(newestFirst, o.list()); diff != "" {
			t.Errorf("opened (-want +got):\n%s", diff)
		}
		stop()
	})
}

// A store with a long history is not read through.
func TestBoundsOfRecentArrivalsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		recent := w.land(time.Now().Add(-59*time.Minute), zip(t, line(5)))
		w.land(time.Now().Add(-61*time.Minute), zip(t, line(5)))
		o := &opened{ObjectReader: w.store}
		w.worker = cataloging.New(o, w.cat, w.cat, w.known, cataloging.Config{FillWithin: time.Hour})
		w.load()
		stop := w.run()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{recent.Key}, o.list()); diff != "" {
			t.Errorf("opened (-want +got):\n%s", diff)
		}
		stop()
	})
}

func TestEventsDoNotWaitForBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.land(noon, gz(t, "1.2.3.4"))
		release := make(chan struct{})
		w.observed(func(string) { <-release })
		w.load()
		stop := w.run()
		time.Sleep(2 * time.Second) // the object is being read
		w.worker.Notify(w.put("glue_metrics", "a", noon))
		synctest.Wait()
		w.want("glue_metrics:2 other_metrics:0")
		close(release)
		stop()
	})
}

func TestObjectThatVanishesWhileReadDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := w.land(time.Now(), gz(t, "1.2.3.4"))
		w.put("glue_metrics", "a", time.Now().Add(-time.Hour)) // the sender's folder stays
		release := make(chan struct{})
		w.observed(func(string) { <-release })
		w.load()
		stop := w.run()
		time.Sleep(2 * time.Second)
		if err := w.store.Delete(t.Context(), f.Key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Second) // reconciled
		synctest.Wait()
		w.want("glue_metrics:1 other_metrics:0")
		close(release)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		w.want("glue_metrics:1 other_metrics:0")
		stop()
	})
}
