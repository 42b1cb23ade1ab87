package lakesim_test

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"time"

	"limnograph"
	"limnograph/mem"
)

// choice is something that can happen next.
type choice struct {
	weight int
	name   string
	do     func()
}

// live runs the world for some steps.
func (w *world) live() {
	w.boot()
	for n := 20 + w.rand.IntN(20); n > 0 && w.failed == nil; n-- {
		w.step()
		w.look()
	}
}

// step lets one thing happen.
func (w *world) step() {
	if w.life == nil || w.life.gate.lostPower() {
		w.end(w.rand.IntN(3) > 0)
		w.boot()
		return
	}
	w.clock = w.clock.Add(time.Duration(w.rand.IntN(20_000)) * time.Millisecond)
	all := w.choices()
	total := 0
	for _, c := range all {
		total += c.weight
	}
	at := w.rand.IntN(total)
	for _, c := range all {
		if at -= c.weight; at < 0 {
			c.do()
			return
		}
	}
}

// choices are what may happen now. Nothing is begun that would wait for a lock of a call that waits for us.
func (w *world) choices() []choice {
	all := []choice{
		{4, "advance", w.advance},
		{4, "query", w.query},
		{2, "crash", w.crashSoon},
		{1, "kill", func() { w.end(false); w.boot() }},
		{1, "power", func() { w.end(true); w.boot() }},
		{1, "damage", w.damage},
		{2, "foreign snapshot", w.foreignSnapshot},
		{2, "foreign roll back", w.foreignRollBack},
	}
	if len(w.running) > 0 {
		all = append(all, choice{12, "resume", w.resume})
	}
	if w.running["append"] == nil && w.running["seal"] == nil && w.running["pack"] == nil {
		all = append(all, choice{24, "send", w.send}, choice{5, "seal", w.seal}, choice{3, "pack", w.pack})
	}
	if w.running["curate"] != nil || w.running["expire"] != nil { // they hold the table
		return all
	}
	all = append(all, choice{22, "curate", w.curate})
	if w.running["compact"] != nil || w.running["sweep"] != nil || w.running["retain"] != nil { // one at a time
		return all
	}
	return append(all,
		choice{9, "compact", w.compact}, choice{3, "expire", w.expire}, choice{2, "retain", w.retain}, choice{5, "sweep", w.sweep})
}

// anyCall lets every call wait.
func anyCall(string) bool { return true }

// unlocked lets calls wait that are made without the lock of the table, for which everybody else would wait.
func unlocked(string) bool {
	stack := string(debug.Stack())
	for _, holder := range []string{"lake.(*table).load(", "lake.(*table).refresh(", "lake.(*work).commit(", "lake.(*table).commit("} {
		if strings.Contains(stack, holder) {
			return false
		}
	}
	return true
}

// maybeDelay makes one of the next calls wait, at times.
func (w *world) maybeDelay(one, of, calls int, where func(string) bool) {
	if w.rand.IntN(of) < one && len(w.running) == 0 {
		w.life.gate.delay(w.rand.IntN(calls), where)
	}
}

// undelay ends an order to wait that no call has met.
func (w *world) undelay() {
	if w.life != nil {
		w.life.gate.delay(-1, nil)
	}
}

func (w *world) send() {
	a, batch := w.sender.fresh(w.clock.Truncate(time.Millisecond))
	switch w.rand.IntN(6) {
	case 0:
		a, batch = w.sender.again(w.clock.Truncate(time.Millisecond))
		w.note("request again")
	case 1:
		a, batch = w.sender.other(w.clock.Truncate(time.Millisecond))
		w.note("other body under the same id")
	}
	if batch == nil || len(batch.Rejects) > 0 {
		w.wrong("the batch has rejects: %+v", batch)
		return
	}
	w.maybeDelay(1, 8, 4, func(op string) bool { return op == "write segment" || op == "sync segment" })
	lander := w.life.lander
	w.run("append", func() error { return lander.Append(context.Background(), batch) }, func(err error) {
		if err == nil {
			w.sender.ack(a)
		}
	})
	w.undelay()
}

func (w *world) seal() {
	lander := w.life.lander
	w.run("seal", func() error { return lander.Seal(context.Background()) }, nil)
}

// pack tends landing when hours are over.
func (w *world) pack() {
	w.clock = w.clock.Add(time.Duration(w.rand.IntN(2)) * 70 * time.Minute)
	w.maybeDelay(1, 4, 8, anyCall)
	keeper := w.life.keeper
	w.run("pack", func() error { return keeper.Tend(context.Background()) }, nil)
	w.undelay()
}

func (w *world) compact() {
	l := w.life.lake
	w.tend("compact", unlocked, func() error { _, err := l.Compact(context.Background(), table); return err })
}

func (w *world) expire() {
	l := w.life.lake
	w.tend("expire", anyCall, func() error { return l.Expire(context.Background(), table) })
}

func (w *world) retain() {
	l := w.life.lake
	w.tend("retain", unlocked, func() error { return l.Retain(context.Background(), table) })
}

// sweep deletes what nobody needs, mostly twice, so that what the first one saw is old enough for the second one.
func (w *world) sweep() {
	l := w.life.lake
	call := func() error { _, err := l.Sweep(context.Background(), table); return err }
	if w.rand.IntN(3) > 0 {
		w.tend("sweep", unlocked, call)
		if len(w.running) > 0 || w.life.gate.lostPower() {
			return
		}
		w.look()
		w.clock = w.clock.Add(11 * time.Minute)
	}
	w.tend("sweep", unlocked, call)
}

func (w *world) curate() {
	w.maybeDelay(1, 6, 8, anyCall)
	l := w.life.lake
	w.run("curate", func() error {
		_, err := l.Curate(context.Background(), table)
		return err
	}, nil)
	w.undelay()
}

// tend does some housekeeping, with time passed so that something is due.
func (w *world) tend(name string, where func(string) bool, call func() error) {
	if w.rand.IntN(2) == 0 {
		w.advance()
	}
	w.maybeDelay(1, 4, 10, where)
	w.run(name, call, nil)
	w.undelay()
}

// advance lets time pass.
func (w *world) advance() {
	steps := []time.Duration{time.Minute, 6 * time.Minute, 11 * time.Minute, time.Hour, 3 * time.Hour, 25 * time.Hour, 50 * time.Hour}
	w.clock = w.clock.Add(steps[min(w.rand.IntN(len(steps)), w.rand.IntN(len(steps)))])
	w.trace("it is %s", w.clock.Format(time.DateTime))
}

// longestQuery is as the lake has it by default: no query of the test takes longer.
const longestQuery = 10 * time.Minute

// query begins a query, or ends those that are open.
func (w *world) query() {
	if len(w.queries) > 0 {
		w.endQueries()
		return
	}
	s := w.life.lake.Snapshots().Tables[table]
	if s == nil {
		return
	}
	rows, err := w.reader.table(w.ground, s.Files)
	if errors.Is(err, mem.ErrPowerLost) {
		w.life.gate.powerGone()
		return
	}
	if err != nil {
		w.wrong("a query of snapshot %d: %v", s.ID, err)
		return
	}
	w.trace("query of snapshot %d", s.ID)
	w.queries = append(w.queries, query{files: s.Files, rows: rows, release: w.life.lake.Hold(s.Files)})
}

// endQueries reads everything that open queries need, anew, and ends them.
func (w *world) endQueries() {
	for _, q := range w.queries {
		rows, err := newReader().table(w.ground, q.files)
		if errors.Is(err, mem.ErrPowerLost) {
			w.life.gate.powerGone()
		} else if err != nil {
			w.wrong("an open query: %v", err)
		} else if d := differences(rows, q.rows); d != "" {
			w.wrong("an open query sees other rows than before: %s", d)
		}
		q.release()
	}
	w.queries = nil
}

// crashSoon turns the power off after some steps of the stores.
func (w *world) crashSoon() {
	n := w.rand.IntN(30)
	w.trace("the power goes after %d steps", n)
	w.ground.crashAfter(w.life.gate, n)
}

// damage makes the newest metadata unreadable, and ends the process: at its next start it steps back.
func (w *world) damage() {
	history := w.ground.peek()
	if len(history) < 2 || w.life == nil {
		return
	}
	w.end(w.rand.IntN(2) == 0)
	if history = w.ground.peek(); len(history) < 2 {
		w.boot()
		return
	}
	w.note("metadata damaged")
	w.trace("snapshot %d is damaged", history[0].ID)
	w.ground.damage(history[0])
	if w.fallTo(history[1:]); !w.ground.exact() {
		w.floor = nil
	}
	w.boot()
}

// fallTo says that readers may fall back to the newest snapshot of ours in a history.
func (w *world) fallTo(history []limnograph.Snapshot) {
	for _, s := range history {
		if _, err := ledgerOf(s); err != nil {
			continue
		}
		rows, err := w.reader.table(w.ground, s.Files)
		if err != nil {
			w.wrong("retained snapshot %d: %v", s.ID, err)
			return
		}
		w.floor = rows
		return
	}
	w.floor = nil
}
