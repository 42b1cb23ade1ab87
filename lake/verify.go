package lake

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"limnograph"
)

// VerifyOptions say what to verify. The zero value means everything.
type VerifyOptions struct {
	Table string               // empty: all
	Range limnograph.TimeRange // of datapoint timestamps; a zero end is open
	// Progress is told now and then how far it is, one call at a time, and must not wait for the lake. Nil: nobody.
	Progress func(Progress)
}

// Verify compares the curated tables with the sealed landing that reader reads, by sums of row hashes for each hour, and
// where these differ, datapoint by datapoint. It also reads every data and held file, and compares it with the hash in
// its name. It changes nothing; but first it lets the committer take in what has landed, as it would have done by itself.
//
// The answer is about the state that the table has then: batches that land later are in no object that is read, and rows
// of such batches are counted apart. So are rows of batches that landing does not hold any more, and statements that are
// held for the next compaction.
//
// A damaged file or object is no error, it is in the report. Errors: CodeNotFound (table), those of the stores.
func (l *Lake) Verify(ctx context.Context, reader limnograph.LandedReader, opt VerifyOptions) (Report, error) {
	tables, err := l.chosen(opt.Table)
	if err != nil {
		return Report{}, err
	}
	report := Report{Tables: []TableReport{}}
	for _, t := range tables {
		v := newVerification(t, reader, opt)
		if err := v.run(ctx); err != nil {
			return report, err
		}
		v.report.sort()
		report.Tables = append(report.Tables, v.report)
	}
	return report, nil
}

// How much memory comparing takes: slots of statement sets, over all workers.
const (
	verifySlots   = 1 << 20
	verifyWorkers = 4
)

// verification is Verify at work on one table.
type verification struct {
	table    *table
	reader   limnograph.LandedReader
	within   window
	workers  int
	slots    int // of each worker's set
	progress *progress
	pin      *pin

	mu      sync.Mutex // guards what follows while workers run
	report  TableReport
	named   map[string]bool // problems by key
	stored  hourSums
	landed  hourSums
	suspect map[int64]bool // hours to compare closely whatever the sums say
	damaged []window       // what unreadable files may hold
	known   sequenceSet    // batches of landing
}

func newVerification(t *table, reader limnograph.LandedReader, opt VerifyOptions) *verification {
	workers := min(runtime.GOMAXPROCS(0), verifyWorkers)
	slots := verifySlots
	for slots*workers > verifySlots {
		slots /= 2
	}
	return &verification{
		table: t, reader: reader, within: windowOf(opt.Range), workers: workers, slots: slots,
		progress: &progress{to: opt.Progress, state: Progress{Table: t.name}},
		report:   TableReport{Table: t.name, Differences: []Difference{}, Problems: []FileProblem{}},
		named:    make(map[string]bool), stored: make(hourSums), landed: make(hourSums), suspect: make(map[int64]bool),
	}
}

func (v *verification) run(ctx context.Context) (err error) {
	if v.table.isRecords() {
		return v.runRecords(ctx)
	}
	v.progress.begin("waiting for the committer", 0)
	if v.pin, err = v.table.pin(ctx, v.reader, v.within); err != nil {
		return err
	}
	defer v.pin.release()
	v.within.from = max(v.within.from, v.pin.floor)
	v.begin()
	if err := v.readFiles(ctx); err != nil {
		return err
	}
	if err := v.readLanding(ctx); err != nil {
		return err
	}
	return v.compare(ctx)
}

func (v *verification) begin() {
	v.report.Snapshot, v.report.Held, v.report.Objects = v.pin.base.ID, v.pin.base.heldRows(), len(v.pin.objects)
	if v.pin.behind != nil {
		v.problem(Root+v.table.name, "what has landed could not be curated, so some of it shows as missing: "+v.pin.behind.Error())
	}
	var total int64
	for _, f := range v.pin.base.Files {
		total += f.Rows
	}
	for _, o := range v.pin.objects {
		total += o.lines
	}
	for v.slots > 1<<12 && int64(v.slots) > 4*total {
		v.slots /= 2 // a small table needs no large sets
	}
	v.progress.begin("reading table and landing", total)
}

// problem names a file once.
func (v *verification) problem(key, what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.named[key] {
		v.named[key] = true
		v.report.problem(key, what)
	}
}

// readLanding sums what landing says that the table should hold.
func (v *verification) readLanding(ctx context.Context) error {
	windows := planWindows(v.pin.objects, v.within, int64(v.slots)*9/16)
	return v.spread(ctx, len(windows), func(ctx context.Context) func(i int) error {
		set := newStatementSet(v.slots)
		return func(i int) error { return v.sumWindow(ctx, set, windows[i]) }
	})
}

// spread does n pieces of work, by as many workers as there may be. begin makes one worker.
func (v *verification) spread(ctx context.Context, n int, begin func(context.Context) func(i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(v.workers, n) {
		g.Go(func() error {
			work := begin(ctx)
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := errors.Join(ctx.Err(), work(i)); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// sumWindow adds the winners of a window to the sums.
func (v *verification) sumWindow(ctx context.Context, set *statementSet, w window) error {
	scan, err := v.scanWindow(ctx, v.pin, set, w, func(o landedObject) error { v.doubt(o, w); return nil })
	if errors.Is(err, errWindowFull) {
		for _, half := range w.split() {
			if err := v.sumWindow(ctx, set, half); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return err
	}
	sums := make(hourSums)
	for i := range set.slots {
		if s := &set.slots[i]; s.state != 0 {
			sums.add(s.ts, s.hash, s.version)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.landed.merge(sums)
	v.known.merge(&scan.sequences)
	v.report.Statements += scan.taken
	v.report.Outside += int64(scan.skipped.outside)
	v.report.Damaged += int64(scan.skipped.damaged)
	v.progress.add(scan.lines)
	return nil
}

// doubt makes the hours of an object that is not there any more be compared closely, with what is there then.
func (v *verification) doubt(o landedObject, w window) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for hour := hourOf(max(o.min, w.from)); hour <= hourOf(min(o.max, w.to-1)); hour++ {
		v.suspect[hour] = true
	}
}

// scanWindow folds the landed statements of a window into the set. Damaged objects are named. Errors: errWindowFull,
// those of vanished.
func (v *verification) scanWindow(ctx context.Context, p *pin, set *statementSet, w window, vanished func(landedObject) error) (*landedScan, error) {
	set.reset()
	scan := newLandedScan(v.reader, p.files.layout, w, set.take)
	for _, o := range p.objects {
		if !w.overlaps(o.min, o.max) {
			continue
		}
		err := scan.read(ctx, o)
		switch {
		case err == nil:
		case errors.Is(err, errVanished):
			err = vanished(o)
		case limnograph.ErrorCode(err) == limnograph.CodeInvalid:
			v.problem(o.key, "damaged landing object: "+causeOf(err))
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	return scan, nil
}
