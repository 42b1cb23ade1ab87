package lakesim_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/metricstream"
	"limnograph/objectkey"
)

// start is when every world begins: shortly before midnight, so that days and hours end soon; and before the present, for
// iceberg-go looks at the real clock, too.
func start() time.Time { return time.Date(2025, 11, 24, 22, 57, 30, 0, time.UTC) }

// world is a machine with a sender, readers and other tools around it. Everything in it follows from its seed.
type world struct {
	seed   uint64
	rand   *rand.Rand
	clock  time.Time
	ground ground
	fired  counts
	chance float64 // of a failure, for each call
	schema limnograph.Schema
	lives  int
	log    []string

	sender *sender
	reader *reader
	sids   map[string]int64
	given  map[string]map[int64]bool // positions that were read, by mark
	lines  map[int64]landedLine      // what was read, by position

	life    *life
	running map[string]*running
	events  chan struct{} // a call has ended, or waits now
	queries []query

	published int64                 // snapshot that was checked last
	floor     map[columns.Key]found // what readers have seen: it only ever gets better
	foreigner int
	failed    error
}

// life is the process from one start to its end.
type life struct {
	gate   *gate
	disk   disk
	lander *landing.Lander
	keeper *landing.Keeper
	lake   *lake.Lake
}

// running is a call under way.
type running struct {
	name string
	done chan struct{}
	err  error
	then func(error)
}

// query is a reader in the midst of a query.
type query struct {
	files   []limnograph.DataFile
	rows    map[columns.Key]found
	release func()
}

func newWorld(seed uint64, on func(now func() time.Time) ground) *world {
	random := rand.New(rand.NewPCG(seed, 5))
	w := &world{
		seed: seed, rand: random, clock: start(), fired: counts{}, reader: newReader(), sender: newSender(random),
		sids: map[string]int64{}, given: map[string]map[int64]bool{"": {}}, lines: map[int64]landedLine{},
		running: map[string]*running{}, events: make(chan struct{}, 100), floor: map[columns.Key]found{},
	}
	w.ground = on(func() time.Time { return w.clock })
	w.chance = []float64{0, 0.01, 0.03, 0.1}[random.IntN(4)]
	if w.schema = glue(); seed%5 == 4 {
		w.schema.TableRetention = 3 * 24 * time.Hour
	}
	return w
}

func (w *world) trace(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// wrong notes the first thing that is wrong.
func (w *world) wrong(format string, args ...any) {
	if w.failed == nil {
		w.failed = fmt.Errorf(format, args...)
		w.trace("WRONG: %v", w.failed)
	}
}

func (w *world) note(fault string) { w.fired[fault]++ }

// keyOf returns the key of a statement.
func (w *world) keyOf(s statement) columns.Key {
	if _, known := w.sids[s.series]; !known {
		emit := func(dp *limnograph.Datapoint, _ []byte) { w.sids[s.series] = columns.SID(dp) }
		metricstream.NewDecoder().Decode([]byte(s.line(0)), emit, func(r limnograph.Reject) { panic(r.Reason) })
	}
	return columns.Key{SID: w.sids[s.series], TS: s.ts}
}

// run starts a call, and returns when it has ended or waits for something.
func (w *world) run(name string, call func() error, then func(error)) {
	r := &running{name: name, done: make(chan struct{}), then: then}
	w.trace("%s", name)
	w.running[name] = r
	go func() {
		r.err = call()
		close(r.done)
		w.events <- struct{}{}
	}()
	w.settle()
}

// settle waits until every call has ended or waits, and takes in those that have ended.
func (w *world) settle() {
	for w.busy() {
		<-w.events
	}
	for _, name := range sorted(w.running) {
		r := w.running[name]
		select {
		case <-r.done:
			delete(w.running, name)
			if r.err != nil {
				w.trace("  %s: %v", name, r.err)
			}
			if r.then != nil {
				r.then(r.err)
			}
		default:
			w.trace("  %s waits", name)
		}
	}
}

// busy reports whether a call has neither ended nor waits. At most one thing waits for each call.
func (w *world) busy() bool {
	left := 0
	for _, r := range w.running {
		select {
		case <-r.done:
		default:
			left++
		}
	}
	return left > w.life.gate.waiting()
}

// resume lets all calls that wait go on.
func (w *world) resume() {
	if len(w.running) == 0 {
		return
	}
	w.trace("resume")
	w.life.gate.resume()
	w.settle()
}

// end ends the process, by losing the power or by a kill.
func (w *world) end(power bool) {
	for _, q := range w.queries {
		q.release()
	}
	w.queries = nil
	if w.life != nil {
		w.life.gate.end()
		w.settle()
		if len(w.running) > 0 {
			w.wrong("%v does not end though everything that it calls fails", sorted(w.running))
		}
		w.fired.add(w.life.gate.fired)
		w.life = nil
	}
	w.trace("ended, power lost: %v", power)
	if power {
		w.note("power lost")
	} else {
		w.note("killed")
	}
	w.ground.restart(power)
}

// tries bounds how often a process is started in bad weather.
const tries = 30

// boot starts the process. In bad weather it takes several tries.
func (w *world) boot() {
	for n := range tries {
		if n == tries/2 {
			w.chance = 0
		}
		err := w.begin()
		if err == nil {
			return
		}
		w.trace("  start: %v", err)
		if n == tries-1 {
			w.wrong("the process does not start: %v", err)
			return
		}
		w.end(w.rand.IntN(2) == 0)
	}
}

// begin starts the process once.
func (w *world) begin() error {
	w.lives++
	w.trace("start %d at %s", w.lives, w.clock.Format(time.DateTime))
	g := &gate{seed: w.seed<<8 + uint64(w.lives), trace: w.trace, event: w.events, fired: counts{}, calls: map[string]uint64{}, arm: -1, left: -1, chance: w.chance}
	l := &life{gate: g, disk: disk{g, w.ground}}
	w.life = l
	if w.chance > 0 && w.rand.IntN(4) == 0 {
		w.ground.crashAfter(g, w.rand.IntN(12))
	}
	now, schemas := func() time.Time { return w.clock }, func() []limnograph.Schema { return []limnograph.Schema{w.schema} }
	var err error
	if l.lander, err = landing.New(context.Background(), l.disk, l.disk, nil, landing.Config{Now: now}); err != nil {
		return err
	}
	l.keeper = landing.NewKeeper(l.lander, publish, landing.KeeperConfig{PackAfter: time.Minute, Schemas: schemas, Covered: l.covered, LongestQuery: longestQuery})
	cfg := lake.Config{Now: now, Rand: rand.NewChaCha8([32]byte{byte(w.lives), byte(w.seed), byte(w.seed >> 8), byte(w.seed >> 16)}), RoundLines: []int64{3, 20, 1000}[w.seed%3], SeenBytes: []int64{1, 4096, 1 << 20}[w.seed/3%3]}
	feed := &observed{landing.NewFeed(l.lander, l.disk), w}
	if l.lake, err = lake.New(l.disk, catalog{g, w.ground.snapshots()}, feed, schemas, cfg); err != nil {
		return err
	}
	err = l.lake.Open(context.Background())
	if errors.Is(err, mem.ErrPowerLost) {
		return err
	}
	if err != nil {
		w.trace("  open: %v", err) // the next round opens the table
	}
	return nil
}

// covered reports whether the table has everything in an object of landing.
func (l *life) covered(name string, object objectkey.Landing) bool {
	s := l.lake.Snapshots().Tables[name]
	if s == nil {
		return false
	}
	ledger, err := ledgerOf(*s)
	return err == nil && landing.Covers(ledger.Mark, object)
}

// publish stands for a catalogue of raw objects, which nobody reads here.
func publish(context.Context, string, []string, []limnograph.File) error { return nil }

// observed is a feed that is watched: what it has handed out for each mark.
type observed struct {
	limnograph.Feed
	w *world
}

func (o *observed) Read(ctx context.Context, name, mark string, limit int64, yield func(limnograph.LandedBatch) error) (string, bool, error) {
	taken := map[int64]bool{}
	for p := range o.w.given[mark] {
		taken[p] = true
	}
	next, more, err := o.Feed.Read(ctx, name, mark, limit, func(b limnograph.LandedBatch) error {
		if err := o.w.observe(b, taken); err != nil {
			return err
		}
		return yield(b)
	})
	if err == nil {
		o.w.trace("  read from %s to %s: %d lines in all", mark, next, len(taken))
		if o.w.given[next] == nil {
			o.w.given[next] = map[int64]bool{}
		}
		for p := range taken {
			o.w.given[next][p] = true
		}
	}
	return next, more, err
}
