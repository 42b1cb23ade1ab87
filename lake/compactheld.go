package lake

import (
	"context"
	"errors"
	"io"
	"slices"

	"limnograph"
	"limnograph/columns"
)

// heldMerge merges held statements into the data files that have their keys.
type heldMerge struct {
	*work
	rows  map[columns.Key]columns.Row
	found map[columns.Key]bool // keys that a data file has
	times []int64              // of the rows, sorted
}

// mergeHeld merges held files. A data file is written again only when a statement wins against its row.
func (w *work) mergeHeld(ctx context.Context, held []HeldFile) (bool, error) {
	m := heldMerge{work: w, rows: make(map[columns.Key]columns.Row), found: make(map[columns.Key]bool)}
	if err := m.read(ctx, held); err != nil {
		return false, err
	}
	touched, err := m.touched(ctx)
	if err != nil {
		return false, err
	}
	var c change
	for _, files := range m.units(touched) {
		made, err := w.merge(ctx, m.spanOf(files), files, 1, m.rows)
		if err != nil {
			return false, err
		}
		c.add, c.remove = append(c.add, made...), append(c.remove, files...)
		if sizeOf(c.remove) < taskTargets*w.lake.cfg.Compaction.TargetSize {
			continue
		}
		// What is merged so far shows at once; its statements will be found equal if the rest fails.
		if ok, err := w.commit(ctx, c); !ok {
			return false, err
		}
		c = change{}
	}
	c.done, c.unplaced = held, m.unplaced()
	w.dropped = int64(len(m.found)) - w.merged
	return w.commit(ctx, c)
}

// read reads the statements, without those that the table does not keep any more.
func (m *heldMerge) read(ctx context.Context, held []HeldFile) error {
	for _, h := range held {
		rows, err := m.readHeld(ctx, h)
		if err != nil {
			return err
		}
		addWinners(m.rows, slices.DeleteFunc(rows, func(r columns.Row) bool { return r.TS < m.floor }))
	}
	for key := range m.rows {
		m.times = append(m.times, key.TS)
	}
	slices.Sort(m.times)
	m.times = slices.Compact(m.times)
	return nil
}

// touched returns the data files in which a statement wins.
func (m *heldMerge) touched(ctx context.Context) (files []limnograph.DataFile, err error) {
	for _, f := range m.base.Files {
		if next, _ := slices.BinarySearch(m.times, f.MinTime); next == len(m.times) || m.times[next] > f.MaxTime {
			continue
		}
		wins, err := m.wins(ctx, f)
		if err != nil {
			return nil, err
		}
		if wins {
			files = append(files, f)
		}
	}
	return files, nil
}

// wins looks for statements that win in a file. It reads the keys first: most files have none of them.
func (m *heldMerge) wins(ctx context.Context, f limnograph.DataFile) (bool, error) {
	any := false
	err := m.readKeys(ctx, f, func(sids, times []int64) error {
		for i, ts := range times {
			if _, ok := m.rows[columns.Key{SID: sids[i], TS: ts}]; ok {
				m.found[columns.Key{SID: sids[i], TS: ts}], any = true, true
			}
		}
		return nil
	})
	if err != nil || !any {
		return false, err
	}
	return m.winsIn(ctx, f)
}

func (m *heldMerge) winsIn(ctx context.Context, f limnograph.DataFile) (wins bool, err error) {
	file, err := m.open(ctx, f.Key)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for {
		rows, err := file.Next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for i := range rows {
			if held, ok := m.rows[rows[i].Key()]; ok && Wins(&held, &rows[i]) {
				return true, nil
			}
		}
	}
}

// units returns the files that are written as one: the small ones of an hour or day together, since they are written
// anyway, each large one alone.
func (m *heldMerge) units(files []limnograph.DataFile) (units [][]limnograph.DataFile) {
	target := m.lake.cfg.Compaction.TargetSize
	open := make(map[span]int)
	for _, f := range files {
		s := spanOfFile(f)
		at, ok := open[s]
		small := f.Size < target/2
		if small && ok && len(units[at]) < maxInputs/2 && sizeOf(units[at])+f.Size <= target {
			units[at] = append(units[at], f)
			continue
		}
		if small {
			open[s] = len(units)
		}
		units = append(units, []limnograph.DataFile{f})
	}
	return units
}

// spanOf returns the hour of files, or the day when they are of several or old.
func (m *heldMerge) spanOf(files []limnograph.DataFile) span {
	from, to := hull(files)
	return spanOfFile(limnograph.DataFile{MinTime: from, MaxTime: to})
}

// unplaced returns the statements whose key no data file has, in sort order.
func (m *heldMerge) unplaced() (rows []columns.Row) {
	for key, r := range m.rows {
		if !m.found[key] {
			rows = append(rows, r)
		}
	}
	m.layout.Sort(rows)
	return rows
}

// foldHeld makes one held file of several. It waits as long as the oldest of them.
func (w *work) foldHeld(ctx context.Context, held []HeldFile) (bool, error) {
	var rows []columns.Row
	for _, h := range held {
		some, err := w.readHeld(ctx, h)
		if err != nil {
			return false, err
		}
		rows = append(rows, some...)
	}
	w.layout.Sort(rows)
	made, err := w.putHeld(ctx, Fold(rows))
	if err != nil {
		return false, err
	}
	w.keys = append(w.keys, made.Key)
	for _, h := range held {
		made.Since = min(made.Since, h.Since)
	}
	return w.commit(ctx, change{done: held, held: []HeldFile{made}})
}

func sizeOf(files []limnograph.DataFile) (n int64) {
	for _, f := range files {
		n += f.Size
	}
	return n
}
