package landing_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

// feedTable is the table that readers of datapoints read; other batches land beside it.
const feedTable = "glue_metrics"

// given is a line as the feed gave it, or as it lies in landing.
type given struct {
	line    string
	arrival time.Time
}

// curator reads a feed as a committer does: what it was given counts from the moment that it keeps the mark.
type curator struct {
	mark string
	has  map[int64]given // by position
}

// feedWorld is a machine that crashes again and again, and a curator whose memory does not.
type feedWorld struct {
	table   string // that the curator reads
	store   *mem.Store
	disk    *probedDisk
	lander  *landing.Lander // nil: the machine is off
	feed    *landing.Feed
	curator curator
	history []curator       // earlier states of the curator
	ever    map[int64]given // everything that the feed gave, kept or not
	acked   map[string]int  // lines of acknowledged batches by metric name
	next    int
	lives   int
	reading sync.Mutex // segments of several tables may be synced at once
}

func (w *feedWorld) start() {
	w.lander, w.feed = nil, nil
	w.lives++
	l, err := landing.New(context.Background(), w.store, w.disk, nil, landing.Config{SealBytes: 700, MaxOpen: 6, Now: (&clock{now: arrival.Add(time.Duration(w.lives))}).Now})
	if err == nil {
		w.lander, w.feed = l, landing.NewFeed(l, w.store)
		w.feed.RememberMost(1 + w.lives%4)
	}
}

// read reads once; keep says whether the curator keeps what it was given.
func (w *feedWorld) read(limit int64, keep bool) (more bool, err error) {
	w.reading.Lock()
	defer w.reading.Unlock()
	got := maps.Clone(w.curator.has)
	next, more, err := w.feed.Read(context.Background(), w.table, w.curator.mark, limit, func(b limnograph.LandedBatch) error {
		return w.enter(b, got)
	})
	if err == nil && keep {
		w.history = append(w.history, w.curator)
		w.curator = curator{next, got}
	}
	return more, err
}

// enter takes a batch apart.
func (w *feedWorld) enter(b limnograph.LandedBatch, into map[int64]given) error {
	lines := bytes.SplitAfter(b.Lines, []byte{'\n'})
	if len(lines) != b.Count+1 || uint64(b.Position>>24) != b.Sequence {
		return fmt.Errorf("batch %d at %d has %d lines, not %d", b.Sequence, b.Position, len(lines)-1, b.Count)
	}
	for i, text := range lines[:b.Count] {
		position := b.Position + int64(i)
		if !bytes.HasSuffix(text, fmt.Appendf(nil, `,"limno_position":%d}`+"\n", position)) {
			return fmt.Errorf("line %q is given as %d", text, position)
		}
		w.ever[position] = given{string(text), b.Arrival}
		into[position] = w.ever[position]
	}
	return nil
}

// batch makes a batch of one of several senders and hours.
func (w *feedWorld) batch(rt *rapid.T) *limnograph.Batch {
	w.next++
	b := batch(part(w.table, fmt.Sprint("batch-", w.next), 1+w.next%4))
	b.Sender = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "sender")
	b.Arrival = arrival.Add(time.Duration(w.next) * 20 * time.Minute)
	if w.next%3 == 0 {
		b.Parts = append([]limnograph.Part{part("other_metrics", "other", 1)}, b.Parts...)
	}
	return b
}

// send appends batches, with reads while they are written and synced.
func (w *feedWorld) send(rt *rapid.T) {
	for range rapid.IntRange(1, 4).Draw(rt, "batches") {
		b := w.batch(rt)
		w.disk.set(rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "read", "drop"}), 0, 4).Draw(rt, "during"))
		name, lines := fmt.Sprint("batch-", w.next), b.Parts[len(b.Parts)-1].Count
		if w.lander.Append(context.Background(), b) == nil {
			w.acked[name] = lines
		}
		w.disk.set(nil)
	}
}

// probedDisk does what is planned, one thing before each write, sync and seal of a segment.
type probedDisk struct {
	*mem.Store
	do func(what string)

	mu   sync.Mutex
	plan []string
}

func (d *probedDisk) set(plan []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plan = plan
}

func (d *probedDisk) Create(ctx context.Context, name string) (limnograph.Segment, error) {
	g, err := d.Store.Create(ctx, name)
	if err != nil {
		return nil, err
	}
	return probedSegment{g, d}, nil
}

func (d *probedDisk) probe() {
	d.mu.Lock()
	what := ""
	if len(d.plan) > 0 {
		what, d.plan = d.plan[0], d.plan[1:]
	}
	d.mu.Unlock()
	d.do(what)
}

type probedSegment struct {
	limnograph.Segment
	disk *probedDisk
}

func (g probedSegment) Write(p []byte) (int, error) { g.disk.probe(); return g.Segment.Write(p) }

func (g probedSegment) Sync() error { g.disk.probe(); return g.Segment.Sync() }

func (g probedSegment) Seal(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	g.disk.probe()
	return g.Segment.Seal(ctx, key)
}

// bring imports an object, in pieces, with reads and batches among them.
func (w *feedWorld) bring(rt *rapid.T) {
	w.next++
	name, lines := fmt.Sprint("import-", w.next), rapid.IntRange(1, 12).Draw(rt, "imported")
	var text strings.Builder
	for i := range lines {
		fmt.Fprintf(&text, `{"account_id":"1","region":"r","namespace":"Glue","metric_name":"%s","dimensions":{},"timestamp":%d,"value":{"max":1.0,"min":1.0,"sum":1.0,"count":1.0},"unit":"None","n":%d}`+"\n", name, 1000+i, i)
	}
	during := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "read", "send", "drop"}), 1, 6).Draw(rt, "during")
	at := arrival.Add(-time.Duration(rapid.IntRange(0, 3).Draw(rt, "age")) * time.Hour)
	opened := 0
	src := landing.Source{Name: "x/" + name, Modified: at, Sender: "a", Open: func() (io.ReadCloser, error) {
		if opened++; opened == 1 { // to be identified
			return io.NopCloser(strings.NewReader(text.String())), nil
		}
		return io.NopCloser(&interrupted{r: strings.NewReader(text.String()), each: func(i int) {
			switch during[i%len(during)] {
			case "read":
				_, _ = w.read(3, true)
			case "drop":
				_, _ = w.read(3, false)
			case "send":
				_ = w.lander.Append(context.Background(), w.batch(rt))
			}
		}}), nil
	}}
	im := landing.NewImporter(w.store, w.lander, func(string) string { return w.table }, landing.ImportConfig{ChunkBytes: 300})
	if _, err := im.Import(context.Background(), src); err == nil {
		w.acked[name] = lines
	}
}

// interrupted gives its content in pieces and does something before each.
type interrupted struct {
	r    io.Reader
	i    int
	each func(i int)
}

func (r *interrupted) Read(p []byte) (int, error) {
	r.each(r.i)
	r.i++
	return r.r.Read(p[:min(len(p), 250)])
}

// pack makes one object of those in each folder that begin below a sequence, as the lander would, and may leave some of
// what it replaces.
func (w *feedWorld) pack(rt *rapid.T) {
	below, folders := w.lander.SealedBelow(), map[string][]objectkey.Landing{}
	for info, err := range w.store.List(context.Background(), objectkey.TablePrefix(w.table), "") {
		l, perr := objectkey.ParseLanding(info.Key)
		if err != nil || perr != nil {
			rt.Fatal(err, perr)
		}
		if l.Packed() {
			return
		}
		if l.Sequence < below {
			folders[l.Sender+l.Arrival.Format("02-15")] = append(folders[l.Sender+l.Arrival.Format("02-15")], l)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		w.packFolder(rt, folders[folder])
	}
}

func (w *feedWorld) packFolder(rt *rapid.T, parts []objectkey.Landing) {
	slices.SortFunc(parts, func(a, b objectkey.Landing) int { return int(a.Sequence) - int(b.Sequence) })
	packed := parts[0]
	var content bytes.Buffer
	for _, p := range parts {
		r, err := w.store.Open(context.Background(), p.Key())
		if err != nil {
			return // the power is off
		}
		if _, err := io.Copy(&content, r); err != nil {
			rt.Fatal(err)
		}
		err = landing.NewHistory(w.store, nil).ReadObject(context.Background(), p.Key(), func(b limnograph.LandedBatch) error {
			packed.Through = max(packed.Through, b.Sequence)
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	}
	if _, err := w.store.Put(context.Background(), packed.Key(), &content, limnograph.PutOptions{}); err != nil {
		return
	}
	for _, p := range parts {
		if rapid.IntRange(0, 3).Draw(rt, "removed") > 0 {
			_ = w.store.Delete(context.Background(), p.Key())
		}
	}
}

func (w *feedWorld) crash(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "power cut") {
		w.store.PowerCut()
	} else {
		w.store.Kill()
	}
	w.start()
}

func (w *feedWorld) step(rt *rapid.T) {
	if w.lander == nil {
		w.crash(rt)
		return
	}
	switch rapid.SampledFrom([]string{"send", "send", "send", "read", "read", "read", "drop", "seal", "import", "fault", "doom", "crash", "back", "pack", "close"}).Draw(rt, "event") {
	case "send":
		w.send(rt)
	case "read":
		_, _ = w.read(rapid.Int64Range(0, 12).Draw(rt, "limit"), true)
	case "drop":
		_, _ = w.read(rapid.Int64Range(0, 12).Draw(rt, "limit"), false)
	case "seal":
		w.disk.set(rapid.SliceOfN(rapid.SampledFrom([]string{"", "read", "drop"}), 0, 4).Draw(rt, "during"))
		_ = w.lander.Seal(context.Background())
		w.disk.set(nil)
	case "import":
		w.bring(rt)
	case "fault":
		op := rapid.SampledFrom([]mem.Op{mem.OpWrite, mem.OpSync, mem.OpSeal, mem.OpCreate, mem.OpPut, mem.OpRemove}).Draw(rt, "op")
		w.store.FailNext(op, &limnograph.Error{Code: limnograph.CodeInternal, Message: "injected"})
	case "doom":
		w.store.CrashAfter(rapid.IntRange(0, 12).Draw(rt, "steps"))
	case "crash":
		w.crash(rt)
	case "back":
		if len(w.history) > 0 {
			w.curator = w.history[rapid.IntRange(0, len(w.history)-1).Draw(rt, "state")]
		}
	case "pack":
		w.pack(rt)
	case "close":
		_ = w.feed.Close()
	}
}

// settle brings everything to rest, and the curator up to it.
func (w *feedWorld) settle(rt *rapid.T) {
	w.store.Kill()
	w.start()
	if w.lander == nil {
		rt.Fatal("no start in good order")
	}
	for more := true; more; {
		var err error
		if more, err = w.read(5, true); err != nil {
			rt.Fatal(err)
		}
	}
	if err := w.lander.Seal(context.Background()); err != nil {
		rt.Fatal(err)
	}
}

// truth reads all of landing.
func (w *feedWorld) truth(rt *rapid.T) map[int64]given {
	h := landing.NewHistory(w.store, nil)
	all := &feedWorld{ever: map[int64]given{}}
	found := map[int64]given{}
	for f, err := range h.Objects(context.Background(), w.table) {
		if err != nil {
			rt.Fatal(err)
		}
		object := map[int64]given{}
		if err := h.ReadObject(context.Background(), f.Key, func(b limnograph.LandedBatch) error { return all.enter(b, object) }); err != nil {
			rt.Fatal(err)
		}
		for position, g := range object {
			if _, twice := found[position]; twice {
				rt.Fatalf("position %d is in two objects, such as %s", position, f.Key)
			}
			found[position] = g
		}
	}
	return found
}
