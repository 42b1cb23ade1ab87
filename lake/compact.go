package lake

import (
	"context"
	"errors"
	"slices"

	"limnograph"
	"limnograph/columns"
)

// maxTasks bounds one call of Compact, so that expiry and sweep get their turn.
const maxTasks = 200

// Compact does what is due in a table, the most urgent first, and returns how many tasks were done. Curation goes on
// meanwhile. Each task is planned on the newest state; one whose files are not in the table any more when it would
// commit has done nothing. Errors: CodeNotFound (table), those of the stores.
func (l *Lake) Compact(ctx context.Context, name string) (done int, err error) {
	t, err := l.named(name)
	if err != nil {
		return 0, err
	}
	if t.isRecords() {
		return t.compactRecords(ctx)
	}
	t.tending.Lock()
	defer t.tending.Unlock()
	var errs []error
	failed := make(map[string]bool)
	for range maxTasks {
		w, task, err := t.next(ctx, failed)
		if err != nil || task.Kind == "" {
			return done, errors.Join(append(errs, err)...)
		}
		ok, err := w.do(ctx, task)
		mended, mendErr := t.withoutDamagedHeld(ctx, err)
		if err != nil && !mended {
			errs = append(errs, err, mendErr)
		}
		switch {
		case ok:
			done++
		case !mended:
			// What cannot be read, or changes all the time, must not keep the rest from being merged.
			failed[task.name()] = true
		}
		if ctx.Err() != nil {
			break
		}
	}
	return done, errors.Join(errs...)
}

// next returns the most urgent task that has not failed, and the work on it; a task without a kind when there is none.
func (t *table) next(ctx context.Context, failed map[string]bool) (*work, Task, error) {
	w, err := t.look(ctx)
	if err != nil {
		return nil, Task{}, err
	}
	tasks := Plan(w.base.Snapshot, w.base.Held, t.lake.cfg.Now(), t.lake.cfg.Compaction)
	for _, task := range append(tasks, instead(tasks, failed)...) {
		if !failed[task.name()] {
			return w, task, nil
		}
	}
	return nil, Task{}, nil
}

// instead folds held files that could not be merged, as beside a damaged data file: they go on waiting, and more come.
func instead(tasks []Task, failed map[string]bool) (folds []Task) {
	for _, task := range tasks {
		if task.Kind == MergeHeld && len(task.Held) >= oldHeld && failed[task.name()] {
			folds = append(folds, Task{Kind: FoldHeld, Held: task.Held})
		}
	}
	return folds
}

// name is the same for the same task on the same files.
func (task Task) name() string {
	name := string(task.Kind)
	for _, f := range task.Files {
		name += " " + f.Key
	}
	for _, h := range task.Held {
		name += " " + h.Key
	}
	return name
}

// work prepares a commit beside curation, on the state that the table had when it began.
type work struct {
	*tableFiles
	table   *table
	base    state
	floor   int64 // rows before this time are given up, milliseconds since the epoch
	keys    []string
	merged  int64 // held statements that replaced a row
	dropped int64 // held statements that lost
}

// look takes the present state of the table as the base of work.
func (t *table) look(ctx context.Context) (*work, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return nil, err
	}
	return &work{tableFiles: t.tableFiles, table: t, base: t.base, floor: t.retained()}, nil
}

// do runs a task. ok is false when the table changed under it.
func (w *work) do(ctx context.Context, task Task) (ok bool, err error) {
	defer func() { w.lake.written(w.keys) }()
	switch task.Kind {
	case MergeHeld:
		ok, err = w.mergeHeld(ctx, task.Held)
	case FoldHeld:
		ok, err = w.foldHeld(ctx, task.Held)
	default:
		ok, err = w.mergeTask(ctx, task)
	}
	if ok {
		m := w.lake.metrics
		m.compactions.WithLabelValues(w.name, string(task.Kind)).Inc()
		m.merged.WithLabelValues(w.name).Add(float64(w.merged))
		m.dropped.WithLabelValues(w.name).Add(float64(w.dropped))
	}
	return ok, err
}

// mergeTask merges data files. Held statements of their rows are merged in passing: they go on waiting, and will be
// found equal.
func (w *work) mergeTask(ctx context.Context, task Task) (bool, error) {
	updates, err := w.updatesFor(ctx, task.Files)
	if err != nil {
		return false, err
	}
	made, err := w.merge(ctx, spanOfTimes(task.Span), task.Files, task.Outputs, updates)
	if err != nil {
		return false, err
	}
	return w.commit(ctx, change{add: made, remove: task.Files})
}

// updatesFor returns the held statements whose time lies among that of files; none when they are too many.
func (w *work) updatesFor(ctx context.Context, files []limnograph.DataFile) (map[columns.Key]columns.Row, error) {
	from, to := hull(files)
	var held []HeldFile
	var count int64
	for _, h := range w.base.Held {
		if h.MaxTime >= from && h.MinTime <= to {
			held, count = append(held, h), count+h.Rows
		}
	}
	if count == 0 || count > maxHeldRows {
		return nil, nil
	}
	updates := make(map[columns.Key]columns.Row, count)
	for _, h := range held {
		rows, err := w.readHeld(ctx, h)
		if err != nil {
			return nil, err
		}
		addWinners(updates, rows)
	}
	return updates, nil
}

func addWinners(to map[columns.Key]columns.Row, rows []columns.Row) {
	for i := range rows {
		if have, ok := to[rows[i].Key()]; !ok || Wins(&rows[i], &have) {
			to[rows[i].Key()] = rows[i]
		}
	}
}

// merge is mergeFiles with a note of what was written.
func (w *work) merge(ctx context.Context, at span, files []limnograph.DataFile, outputs int, updates map[columns.Key]columns.Row) ([]limnograph.DataFile, error) {
	made, merged, err := w.mergeFiles(ctx, at, files, outputs, updates)
	for _, f := range made {
		w.keys = append(w.keys, f.Key)
	}
	w.merged += merged
	return made, err
}

// change is what a task does to the table.
type change struct {
	add, remove []limnograph.DataFile
	done        []HeldFile    // held files that are merged
	held        []HeldFile    // held files that are new
	unplaced    []columns.Row // held statements whose key no file has, in sort order
}

// commit makes a change on the newest state of the table, if that still has all that the change takes from it. ok is
// false when it has not: then nothing was changed.
func (w *work) commit(ctx context.Context, c change) (ok bool, err error) {
	t := w.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return false, err
	}
	if !hasFiles(t.base.Files, c.remove) || !hasHeld(t.base.Held, c.done) {
		return false, nil
	}
	r := newRound(t)
	defer r.end()
	ledger := Ledger{Mark: t.base.Mark, Held: replaceHeld(t.base.Held, c.done, c.held), Moved: t.base.Moved, Arrival: t.base.Ledger.Arrival}
	fresh, files, err := r.place(ctx, c.unplaced, &ledger)
	if err != nil {
		return false, err
	}
	err = t.commit(ctx, ledger, append(c.add, files...), c.remove)
	if limnograph.ErrorCode(err) == limnograph.CodeConflict {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.seen.committed(fresh)
	r.seen.forgetBefore(w.floor) // the keys of days that were removed
	return true, nil
}

// place appends statements whose key the table lacks, as if they had just come: by now somebody else may have brought
// the key, so the seen index decides. Such a statement is left when a table was rolled back.
func (r *round) place(ctx context.Context, rows []columns.Row, ledger *Ledger) (fresh []columns.Row, files []limnograph.DataFile, err error) {
	if len(rows) == 0 {
		return nil, nil, nil
	}
	r.rows = rows
	fresh, again, err := r.split(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := r.hold(ctx, again, ledger); err != nil {
		return nil, nil, err
	}
	files, err = r.write(ctx, fresh)
	return fresh, files, err
}

func hasFiles(have, want []limnograph.DataFile) bool {
	keys := make(map[string]bool, len(have))
	for _, f := range have {
		keys[f.Key] = true
	}
	return !slices.ContainsFunc(want, func(f limnograph.DataFile) bool { return !keys[f.Key] })
}

func hasHeld(have, want []HeldFile) bool {
	return !slices.ContainsFunc(want, func(h HeldFile) bool { return !slices.Contains(have, h) })
}

// replaceHeld returns held files without those that are done, with new ones, oldest first.
func replaceHeld(held, done, made []HeldFile) []HeldFile {
	next := slices.DeleteFunc(slices.Clone(held), func(h HeldFile) bool { return slices.Contains(done, h) })
	next = append(next, made...)
	slices.SortStableFunc(next, func(a, b HeldFile) int { return int(a.Since - b.Since) })
	return next
}
