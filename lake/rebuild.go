package lake

import (
	"context"
	"errors"
	"slices"

	"limnograph"
)

// RebuildOptions say what to rebuild. The zero value means everything.
type RebuildOptions struct {
	Table string // empty: all
	// Range is of datapoint timestamps; it is widened to whole days. A zero end is open.
	Range    limnograph.TimeRange
	Progress func(Progress) // is told now and then how far it is, and must not wait for the lake; nil: nobody
}

// Result is what Rebuild did.
type Result struct {
	Tables []TableResult `json:"tables"`
}

// TableResult is what Rebuild did with one table.
type TableResult struct {
	Table      string        `json:"table"`
	Statements int64         `json:"statements"` // of landing in the range, each once
	Rows       int64         `json:"rows"`       // written
	Moved      int64         `json:"moved"`      // statements of the table's namespace that had landed for other_metrics
	Kept       int64         `json:"kept"`       // rows of these whose batch landing does not hold: taken from the table
	Files      int           `json:"files"`      // data files replaced
	Commits    int           `json:"commits"`
	Resumed    bool          `json:"resumed"`  // an interrupted rebuild went on
	Lost       []FileProblem `json:"lost"`     // data and held files that could not be read to their end
	Problems   []FileProblem `json:"problems"` // damaged landing objects: what stands before the damage was read
}

// Rebuild makes tables anew from the sealed landing that reader reads: of each datapoint the winner among its landed
// statements. Rows whose batch landing does not hold, because it has expired or is not sealed yet, stay. It goes on from
// where an interrupted rebuild of the same range was.
//
// Hours are replaced as a whole and in one commit, while curation goes on. A table that is empty is curated from
// landing, by the committer. Errors: CodeNotFound (table), those of the stores.
func (l *Lake) Rebuild(ctx context.Context, reader limnograph.LandedReader, opt RebuildOptions) (Result, error) {
	tables, err := l.chosen(opt.Table)
	if err != nil {
		return Result{}, err
	}
	result := Result{Tables: []TableResult{}}
	taken := moved{}
	other := false
	for _, t := range tables {
		if t.name == limnograph.OtherTable {
			other = true // it comes last
			continue
		}
		r := newRebuilding(t, reader, opt)
		err := r.run(ctx)
		result.Tables = append(result.Tables, r.result)
		if err != nil {
			return result, err
		}
		if err := r.noteMoved(ctx, taken); err != nil {
			return result, err
		}
	}
	if !other && len(taken) == 0 {
		return result, nil
	}
	return result, l.rebuildOther(ctx, reader, opt, taken, &result)
}

// rebuildOther rebuilds OtherTable without what has moved.
func (l *Lake) rebuildOther(ctx context.Context, reader limnograph.LandedReader, opt RebuildOptions, taken moved, result *Result) error {
	t, err := l.named(limnograph.OtherTable)
	if err != nil {
		return err
	}
	r := newRebuilding(t, reader, opt)
	if err := t.catchUp(ctx); err != nil && len(taken) > 0 {
		return err // what has landed there must not be lost between the tables
	}
	if err := t.recordMoved(ctx, taken); err != nil {
		return err
	}
	err = r.run(ctx)
	result.Tables = append(result.Tables, r.result)
	return err
}

// rebuildRows is how many rows are in memory at a time.
const rebuildRows = 400_000

// rebuilding is Rebuild at work on one table.
type rebuilding struct {
	table    *table
	reader   limnograph.LandedReader
	asked    window // whole days
	within   window // what of it the table keeps
	progress *progress
	result   TableResult
	named    map[string]bool

	objects []landedObject
	start   int64           // what this process has rebuilt begins here
	held    map[string]bool // held files that were there when it began

	movedThrough int64 // greatest position that was taken over from OtherTable; 0: none
}

func newRebuilding(t *table, reader limnograph.LandedReader, opt RebuildOptions) *rebuilding {
	within := windowOf(opt.Range)
	if !opt.Range.From.IsZero() {
		within.from = dayOf(within.from) * dayMillis
	}
	if !opt.Range.To.IsZero() {
		within.to = (dayOf(within.to-1) + 1) * dayMillis
	}
	return &rebuilding{
		table: t, reader: reader, asked: within, within: within, named: make(map[string]bool), held: make(map[string]bool),
		progress: &progress{to: opt.Progress, state: Progress{Table: t.name}},
		result:   TableResult{Table: t.name, Lost: []FileProblem{}, Problems: []FileProblem{}},
	}
}

func (r *rebuilding) run(ctx context.Context) error {
	if r.table.isRecords() {
		return r.runRecords(ctx)
	}
	r.progress.begin("waiting for the committer", 0)
	done, err := r.begin(ctx)
	if err != nil || done {
		return err
	}
	mark, err := r.resume(ctx)
	if err != nil {
		return err
	}
	r.start = mark.Next
	for cursor := mark.Next; ; {
		end, err := r.step(ctx, cursor)
		if err != nil {
			return err
		}
		if end <= cursor {
			return r.finish(ctx)
		}
		cursor = end
		if err := r.save(ctx, cursor); err != nil {
			return err
		}
	}
}

// begin lets the committer catch up, which is all that an empty table needs; done says so.
func (r *rebuilding) begin(ctx context.Context) (done bool, err error) {
	if err := r.table.refreshed(ctx); err != nil && limnograph.ErrorCode(err) != limnograph.CodeConflict {
		return false, err // dropped meanwhile, it is made anew; one that only others have written is cleared next
	}
	before, err := r.table.lookAtOurs(ctx)
	if err != nil {
		return false, err
	}
	behind := r.table.catchUp(ctx)
	if err := ctx.Err(); err != nil {
		return false, err
	}
	now, err := r.table.look(ctx)
	if err != nil {
		return false, err
	}
	r.within.from = max(r.within.from, now.floor)
	if err := r.list(ctx); err != nil {
		return false, err
	}
	if before.base.Mark == "" && len(before.base.Files) == 0 && behind == nil && !fromOther(r.objects) {
		r.result.Rows = rowsOf(now.base.Files)
		return true, nil
	}
	for _, h := range now.base.Held {
		r.held[h.Key] = true
	}
	return false, nil
}

// lookAtOurs is look; but a table of which every state was written by somebody else begins anew, empty.
func (t *table) lookAtOurs(ctx context.Context) (*work, error) {
	w, err := t.look(ctx)
	if limnograph.ErrorCode(err) != limnograph.CodeConflict {
		return w, err
	}
	foreign, readErr := t.lake.snapshots.Current(ctx, t.name)
	if _, own, ledgerErr := LedgerOf(foreign); own || readErr != nil || ledgerErr != nil {
		return nil, errors.Join(err, readErr, ledgerErr)
	}
	properties, err := Ledger{}.properties()
	if err != nil {
		return nil, err
	}
	if _, err := t.lake.snapshots.Commit(ctx, t.name, foreign.ID, limnograph.TableChange{Remove: foreign.Files, Properties: properties}); err != nil {
		return nil, err
	}
	return t.look(ctx)
}

// list reads what has landed.
func (r *rebuilding) list(ctx context.Context) error {
	sources, err := r.table.sources(ctx, r.moves())
	if err != nil {
		return err
	}
	if r.objects, err = listLanded(ctx, r.reader, sources, r.within); err != nil {
		return err
	}
	var total int64
	for _, o := range r.objects {
		total += o.lines
	}
	r.progress.begin("rebuilding", total)
	return nil
}

// rebuildAttempts is how often hours are rebuilt while others commit to them, before those have to wait.
const rebuildAttempts = 3

// step rebuilds the next hours at or after cursor, and returns their end; cursor when none are left.
func (r *rebuilding) step(ctx context.Context, cursor int64) (end int64, err error) {
	r.table.tending.Lock()
	defer r.table.tending.Unlock()
	for attempt := 1; ; attempt++ {
		end, err := r.attempt(ctx, cursor, attempt >= rebuildAttempts)
		switch {
		case errors.Is(err, errVanished) && attempt < 2*rebuildAttempts:
			if err := r.list(ctx); err != nil {
				return 0, err
			}
		case !errors.Is(err, errMoved) || attempt == 2*rebuildAttempts:
			return end, err
		}
	}
}

// errMoved says that the table got files of the hours that were being rebuilt.
var errMoved = errors.New("the table changed meanwhile")

// attempt rebuilds the next hours, beside curation or, when alone, before it goes on.
func (r *rebuilding) attempt(ctx context.Context, cursor int64, alone bool) (end int64, err error) {
	w, err := r.table.look(ctx)
	if err != nil {
		return 0, err
	}
	if alone {
		r.table.mu.Lock()
		defer r.table.mu.Unlock()
		if err := r.table.load(ctx); err != nil {
			return 0, err
		}
		w.base, w.tableFiles = r.table.base, r.table.tableFiles
	}
	hours, ok := r.next(w.base, cursor)
	if !ok {
		return cursor, nil
	}
	u := &unit{rebuilding: r, work: w, hours: hours}
	defer func() { u.lake.written(u.work.keys) }()
	if err := u.prepare(ctx); err != nil {
		return 0, err
	}
	if !alone {
		r.table.mu.Lock()
		defer r.table.mu.Unlock()
	}
	return hours.to, u.commit(ctx)
}

// next returns the hours to rebuild next: those of the first file or object at or after cursor, with all that the files
// in them cover, and more of the same day as long as their rows fit into memory.
func (r *rebuilding) next(base state, cursor int64) (window, bool) {
	from := r.within.to
	for _, f := range storedFiles(base) {
		if f.max >= cursor {
			from = min(from, max(f.min, cursor))
		}
	}
	for _, o := range r.objects {
		if o.max >= cursor {
			from = min(from, max(o.min, cursor))
		}
	}
	if from >= r.within.to {
		return window{}, false
	}
	day := window{from: dayOf(from) * dayMillis, to: (dayOf(from) + 1) * dayMillis}
	hours := whole(base, window{from: hourOf(from) * hourMillis, to: (hourOf(from) + 1) * hourMillis})
	for hours.to < day.to {
		more := whole(base, window{from: hours.from, to: hours.to + hourMillis})
		if r.rows(base, more) > rebuildRows {
			break
		}
		hours = more
	}
	return hours, true
}

// whole widens a window until no file reaches over its ends.
func whole(base state, w window) window {
	for {
		wider := w
		for _, f := range base.Files {
			if w.overlaps(f.MinTime, f.MaxTime) {
				wider.from = min(wider.from, hourOf(f.MinTime)*hourMillis)
				wider.to = max(wider.to, (hourOf(f.MaxTime)+1)*hourMillis)
			}
		}
		if wider == w {
			return w
		}
		w = wider
	}
}

// rows returns about how many rows a window has.
func (r *rebuilding) rows(base state, w window) int64 {
	var landed int64
	for _, o := range r.objects {
		if at := min(max(o.arrival, o.min), o.max); w.overlaps(at, at) {
			landed += o.lines
		}
	}
	return max(landed, rowsOf(overlapping(base.Files, w)))
}

func overlapping(files []limnograph.DataFile, w window) []limnograph.DataFile {
	return slices.DeleteFunc(slices.Clone(files), func(f limnograph.DataFile) bool { return !w.overlaps(f.MinTime, f.MaxTime) })
}

// problem notes a file once.
func (r *rebuilding) problem(to *[]FileProblem, key string, err error) {
	if !r.named[key] {
		r.named[key] = true
		*to = append(*to, FileProblem{Key: key, What: causeOf(err)})
	}
}
