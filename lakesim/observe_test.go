package lakesim_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/mem"
)

// observe notes the lines of a batch that the lake is given.
func (w *world) observe(b limnograph.LandedBatch, taken map[int64]bool) error {
	for text := range bytes.Lines(b.Lines) {
		line, position, err := parseLine(text)
		if err != nil {
			return err
		}
		if !b.Arrival.Equal(w.sender.attempts[line.attempt].arrival) {
			w.wrong("attempt %d is said to have arrived at %v", line.attempt, b.Arrival)
		}
		w.lines[position], taken[position] = line, true
	}
	return nil
}

// parseLine reads what the test put into a landed line.
func parseLine(text []byte) (l landedLine, position int64, err error) {
	var line struct {
		Value    map[string]float64 `json:"value"`
		Attempt  int                `json:"attempt"`
		Position int64              `json:"limno_position"`
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return l, 0, fmt.Errorf("line %q: %w", text, err)
	}
	l.attempt = line.Attempt
	for _, name := range []string{"max", "min", "sum"} {
		if v, ok := line.Value[name]; ok {
			l.number = int(v)
		}
	}
	return l, line.Position, nil
}

// look reads the published snapshot and holds it against everything that must be true at any moment.
func (w *world) look() {
	if w.life == nil || w.life.lake == nil || w.life.gate.lostPower() || w.failed != nil {
		return
	}
	w.lookAtFiles()
	s := w.life.lake.Snapshots().Tables[table]
	if s == nil || s.ID == w.published {
		return
	}
	w.published = s.ID
	rows, err := w.reader.table(w.ground, s.Files)
	if errors.Is(err, mem.ErrPowerLost) {
		w.life.gate.powerGone()
		w.published = -1
		return
	}
	if err != nil {
		w.wrong("snapshot %d: %v", s.ID, err)
		return
	}
	w.trace("  snapshot %d: %d rows in %d files", s.ID, len(rows), len(s.Files))
	for key, row := range rows {
		w.lookAtRow(key, row)
	}
	for key, before := range w.floor {
		if !w.keeps(key.TS) {
			continue
		}
		if now, there := rows[key]; !there || before.beats(now.weight) {
			w.wrong("snapshot %d: %v is %+v (there: %v) and was %+v", s.ID, key, now, there, before)
		}
	}
	w.floor = rows
	w.lookAtLedger(*s, rows)
}

// lookAtRow compares a row with the statement that it tells.
func (w *world) lookAtRow(key columns.Key, row found) {
	if row.number < 0 || row.number >= len(w.sender.sent) {
		w.wrong("%v: nobody sent %+v", key, row)
		return
	}
	st := w.sender.sent[row.number]
	line, known := w.lines[row.position]
	if w.keyOf(st) != key || row.weight != st.weight(row.position) || !known || line.number != row.number {
		w.wrong("%v is %+v, which is not what was sent: %+v", key, row, st)
	} else if !w.sender.takes(line.number, line.attempt) {
		w.wrong("%v is %+v, too far from its arrival", key, row)
	}
}

// lookAtLedger makes sure that what the snapshot says it covers is in the table or held.
func (w *world) lookAtLedger(s limnograph.Snapshot, rows map[columns.Key]found) {
	ledger, err := ledgerOf(s)
	if err != nil {
		w.wrong("%v", err)
		return
	}
	held, err := w.reader.heldRows(w.ground, ledger.Held)
	if errors.Is(err, mem.ErrPowerLost) {
		w.life.gate.powerGone()
		w.published = -1
		return
	}
	if err != nil {
		w.wrong("snapshot %d: %v", s.ID, err)
		return
	}
	for position := range w.given[ledger.Mark] {
		line := w.lines[position]
		if !w.sender.takes(line.number, line.attempt) || !w.keeps(w.sender.sent[line.number].ts) {
			continue
		}
		st := w.sender.sent[line.number]
		key, want := w.keyOf(st), st.weight(position)
		have, there := rows[key]
		waits, waiting := held[key]
		if (!there || want.beats(have.weight)) && (!waiting || want.beats(waits.weight)) {
			w.wrong("snapshot %d covers position %d of %v, and has only %+v, and %+v is held", s.ID, position, key, have, waits)
		}
	}
}

// lookAtFiles makes sure that every file is there that a retained snapshot, the published one or a query needs.
func (w *world) lookAtFiles() {
	needed := map[string]string{}
	need := func(s limnograph.Snapshot, why string) {
		for _, f := range s.Files {
			needed[f.Key] = why
		}
		if ledger, err := ledgerOf(s); err == nil {
			for _, h := range ledger.Held {
				needed[h.Key] = why
			}
		}
	}
	for _, s := range w.ground.peek() {
		need(s, fmt.Sprint("retained snapshot ", s.ID))
	}
	if s := w.life.lake.Snapshots().Tables[table]; s != nil {
		need(*s, fmt.Sprint("published snapshot ", s.ID))
	}
	for _, q := range w.queries {
		need(limnograph.Snapshot{Files: q.files}, "open query")
	}
	have := w.stored("lake/")
	for _, key := range sorted(needed) {
		if !have[key] {
			w.wrong("%s is gone, which a %s needs", key, needed[key])
		}
	}
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// keeps reports whether the table keeps datapoints of a time, in milliseconds.
func (w *world) keeps(ts int64) bool {
	const day = 24 * time.Hour
	return w.schema.TableRetention == 0 || ts >= w.clock.Add(-w.schema.TableRetention).Truncate(day).UnixMilli()
}

// stored returns the keys that are in the store. It is no step of anybody, and never fails.
func (w *world) stored(prefix string) map[string]bool {
	keys := map[string]bool{}
	for info, err := range w.ground.List(context.Background(), prefix, "") {
		if err != nil {
			w.wrong("list: %v", err)
			return keys
		}
		keys[info.Key] = true
	}
	return keys
}
