package landing_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
	"limnograph/schema"
)

// keepWorld is a machine that lands, catalogues and tends, and what it has acknowledged and shown.
type keepWorld struct {
	t       testing.TB
	clock   *clock
	store   *mem.Store
	catalog *flakyCatalog
	cfg     landing.KeeperConfig
	sizes   map[string]int   // lines of every batch that was sent, by metric name
	acked   map[string]bool  // metric names of acknowledged batches
	at      map[string]int64 // positions, by line
	shown   map[string]bool  // lines that were published once
	held    []heldSet        // file sets of queries that are running
	records string           // a record table that each batch lands in too; empty: none
	next    int

	// Of this life; nil while the machine is down.
	lander *landing.Lander
	keeper *landing.Keeper
	worker *cataloging.Worker
	stop   func()
}

// heldSet is the file set of a query that began at a time.
type heldSet struct {
	set *limnograph.FileSet
	at  time.Time
}

const longestQuery = 5 * time.Minute

func newKeepWorld(t testing.TB, seed uint64, cfg landing.KeeperConfig) *keepWorld {
	cfg.LongestQuery = longestQuery
	w := &keepWorld{
		t: t, clock: &clock{now: arrival.Add(24 * time.Hour)}, cfg: cfg,
		store:   mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(seed, 11))}),
		catalog: &flakyCatalog{Catalog: mem.NewCatalog(), left: -1},
		sizes:   map[string]int{}, acked: map[string]bool{}, at: map[string]int64{}, shown: map[string]bool{},
	}
	return w
}

// start brings the machine up, and reports whether it is.
func (w *keepWorld) start() bool {
	w.worker = cataloging.New(w.store, w.catalog, w.catalog, func() []limnograph.Schema { return schema.Builtin() }, cataloging.Config{Now: w.clock.Now})
	l, err := landing.New(context.Background(), w.store, w.store, w.worker.Notify, landing.Config{SealBytes: 500, Now: w.clock.Now})
	if err == nil {
		err = w.worker.Load(context.Background())
	}
	if err != nil {
		return false
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.worker.Run(ctx) }()
	w.stop = func() { cancel(); <-done }
	w.lander = l
	cfg := w.cfg
	cfg.Schemas = func() (all []limnograph.Schema) {
		for _, t := range w.worker.FileSet().Tables {
			all = append(all, t.Schema)
		}
		if w.records != "" {
			all = append(all, limnograph.Schema{Table: w.records})
		}
		return all
	}
	w.keeper = landing.NewKeeper(l, w.worker.Replace, cfg)
	return true
}

// down ends the process, by power cut or by kill.
func (w *keepWorld) down(powerCut bool) {
	if w.stop != nil {
		w.stop()
	}
	w.lander, w.keeper, w.stop, w.held = nil, nil, nil, nil
	if powerCut {
		w.store.PowerCut()
	} else {
		w.store.Kill()
	}
	w.catalog.failIn(-1, false)
}

// send delivers one batch.
func (w *keepWorld) send(sender string, at time.Time, n int) {
	name := fmt.Sprint("batch-", w.next)
	w.next++
	w.sizes[name] = n
	b := batch(part("glue_metrics", name, n))
	if w.records != "" {
		b.Parts = append(b.Parts, part(w.records, recordName(name), n))
	}
	b.Sender, b.Arrival = sender, at
	if w.lander.Append(context.Background(), b) == nil {
		w.acked[name] = true
	}
}

// recordName is the metric name of the records that land with a batch.
func recordName(batch string) string { return "record-of-" + batch }

// importOne imports an object that holds one batch of lines.
func (w *keepWorld) importOne(sender string, at time.Time, n int) {
	name := fmt.Sprint("import-", w.next)
	w.next++
	text := ""
	for i := range n {
		text += fmt.Sprintf(`{"metric_stream_name":"s","account_id":"1","region":"r","namespace":"Glue","metric_name":"%s","dimensions":{},"timestamp":%d,"value":{"count":1.0},"unit":"Count","n":%d}`+"\n", name, 1000+i, i)
	}
	w.sizes[name] = n
	im := landing.NewImporter(w.store, w.lander, tableOf, landing.ImportConfig{ChunkBytes: 400})
	src := source(fmt.Sprintf("sender=%s/s-1-%s-8f0c2a52-1f0e-4d6f-9d9e-0a1b2c3d4e5f", sender, at.Format("2006-01-02-15-04-05")), []byte(text))
	if _, err := im.Import(context.Background(), src); err == nil {
		w.acked[name] = true
	}
}

// read returns the lines of the files of a set, by name and number, with their positions. A line that is there twice is
// an error.
func (w *keepWorld) read(set *limnograph.FileSet) (lines map[string]int64, err error) {
	lines = map[string]int64{}
	for _, table := range set.Tables {
		for _, f := range table.Files {
			if err := w.readFile(f.Key, lines); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Key, err)
			}
		}
	}
	return lines, nil
}

// readRecords does so with the landed records, which nobody publishes.
func (w *keepWorld) readRecords() (lines map[string]int64, err error) {
	lines = map[string]int64{}
	if w.records == "" {
		return lines, nil
	}
	for f, err := range landing.NewHistory(w.store, nil).Objects(context.Background(), w.records) {
		if err == nil {
			err = w.readFile(f.Key, lines)
		}
		if err != nil {
			return nil, fmt.Errorf("records of %s: %w", f.Key, err)
		}
	}
	return lines, nil
}

func (w *keepWorld) readFile(key string, lines map[string]int64) error {
	r, err := w.store.Open(context.Background(), key)
	if err != nil {
		return err
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	last := int64(-1)
	scan := bufio.NewScanner(z)
	for scan.Scan() {
		var l line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			return err
		}
		name := fmt.Sprintf("%s/%d", l.Metric, l.N)
		if _, twice := lines[name]; twice {
			return fmt.Errorf("%s is published twice", name)
		}
		if l.Position <= last {
			return fmt.Errorf("position %d follows %d", l.Position, last)
		}
		lines[name], last = l.Position, l.Position
	}
	return scan.Err()
}

// check compares what is published with everything that was before. It returns what is wrong.
func (w *keepWorld) check() error {
	set := w.worker.FileSet()
	lines, err := w.read(set)
	if err != nil {
		return err
	}
	records, err := w.readRecords()
	if err != nil {
		return err
	}
	maps.Copy(lines, records)
	for name := range w.shown {
		if _, ok := lines[name]; !ok {
			return fmt.Errorf("%s was published and is no more", name)
		}
	}
	for name, position := range lines {
		if before, known := w.at[name]; known && before != position {
			return fmt.Errorf("%s moved from %d to %d", name, before, position)
		}
		w.at[name], w.shown[name] = position, true
	}
	w.held = append(w.held, heldSet{set, w.clock.Now()})
	for _, h := range w.held {
		if w.clock.Now().Sub(h.at) >= longestQuery {
			continue
		}
		if _, err := w.read(h.set); err != nil {
			return fmt.Errorf("a query that is %v old: %w", w.clock.Now().Sub(h.at), err)
		}
	}
	return nil
}

// complete checks that every acknowledged line is published, once the machine has come to rest.
func (w *keepWorld) complete() error {
	if err := w.check(); err != nil {
		return err
	}
	for name, n := range w.sizes {
		for i := range n {
			if id := fmt.Sprintf("%s/%d", name, i); w.acked[name] && !w.shown[id] {
				return fmt.Errorf("%s was acknowledged and is not published", id)
			}
			if id := fmt.Sprintf("%s/%d", recordName(name), i); w.records != "" && strings.HasPrefix(name, "batch-") && w.acked[name] && !w.shown[id] {
				return fmt.Errorf("%s was acknowledged and is not landed", id)
			}
		}
	}
	return nil
}

// objects lists the keys of landing.
func (w *keepWorld) objects() (keys []string) {
	for _, prefix := range objectkey.LandedPrefixes() {
		keys = append(keys, keysOf(w.t, w.store, prefix)...)
	}
	return keys
}

// settle waits until what was sealed is published: Replace is done after what was queued before it, if anything is.
func (w *keepWorld) settle() error {
	err := w.lander.Seal(context.Background())
	for end := time.Now().Add(10 * time.Second); err == nil; time.Sleep(50 * time.Microsecond) {
		lines, rerr := w.read(w.worker.FileSet())
		missing := ""
		for name, n := range w.sizes {
			if _, ok := lines[fmt.Sprintf("%s/%d", name, n-1)]; w.acked[name] && !ok {
				missing = name
			}
		}
		switch {
		case rerr != nil:
			err = rerr
		case missing == "":
			return nil
		case time.Now().After(end):
			err = errors.New(missing + " does not appear")
		}
	}
	return err
}

// tend works until there is nothing left to do: plans, publishes, and waits for queries in between.
func (w *keepWorld) tend(rounds int) error {
	for range rounds {
		if err := w.keeper.Tend(context.Background()); err != nil {
			return err
		}
		w.clock.Advance(longestQuery)
	}
	return nil
}

// flakyCatalog is a catalogue that fails on demand, before or after it has done what it was asked for.
type flakyCatalog struct {
	*mem.Catalog

	mu    sync.Mutex
	left  int // calls until one fails; negative: none does
	after bool
}

// failIn lets so many calls pass and then one fail; negative: none fails.
func (c *flakyCatalog) failIn(calls int, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.after = calls, after
}

// fate tells whether a call is the one that fails, and whether after it was done.
func (c *flakyCatalog) fate() (fails, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left < 0 {
		return false, false
	}
	c.left--
	return c.left < 0, c.after
}

var errFlaky = &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "write catalogue", Message: "injected"}

func (c *flakyCatalog) do(call func() error) error {
	fails, after := c.fate()
	if !fails {
		return call()
	}
	if after {
		_ = call()
	}
	return errFlaky
}

func (c *flakyCatalog) Record(ctx context.Context, table string, files []limnograph.File) error {
	return c.do(func() error { return c.Catalog.Record(ctx, table, files) })
}

func (c *flakyCatalog) Forget(ctx context.Context, table string, keys []string) error {
	return c.do(func() error { return c.Catalog.Forget(ctx, table, keys) })
}

// fourFields takes the arrival out of the headers of an object, as releases before it wrote them.
func fourFields(t testing.TB, s *mem.Store, key string) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	must(t, err)
	in, out := bufio.NewReader(r), new(bytes.Buffer)
	for {
		z, err := gzip.NewReader(in)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		z.Multistream(false)
		m, err := objectkey.ParseMember(z.Name)
		must(t, err)
		m.Arrival = 0
		o := gzip.NewWriter(out)
		o.Name = m.Name()
		_, err = io.Copy(o, z)
		must(t, errors.Join(err, o.Close()))
	}
	_, err = s.Put(t.Context(), key, out, limnograph.PutOptions{})
	must(t, err)
}
