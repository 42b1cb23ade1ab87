package lake

import (
	"cmp"
	"slices"
	"time"

	"limnograph"
)

// Compaction says when and how files are merged. The zero value works.
type Compaction struct {
	Every      time.Duration // how long held statements and small files wait; 0: 5 min
	EveryOld   time.Duration // the same for what is more than 48 h late; 0: 1 h
	TargetSize int64         // of a file, bytes: files have 2/3 to 4/3 of it; 0: 96 MiB
}

func (c Compaction) withDefaults() Compaction {
	c.Every = cmp.Or(c.Every, 5*time.Minute)
	c.EveryOld = cmp.Or(c.EveryOld, time.Hour)
	c.TargetSize = cmp.Or(c.TargetSize, 96<<20)
	return c
}

// TaskKind says what a task is for.
type TaskKind string

// The kinds of tasks, in the order in which they are done: small work first, and held statements before long work.
const (
	MergeSmall TaskKind = "merge" // small files of an hour or a day into fewer
	MergeHeld  TaskKind = "held"  // held statements into the data files that have their keys
	FoldHeld   TaskKind = "fold"  // held files into one, which goes on waiting
	MergeHour  TaskKind = "hour"  // an hour that is over
	MergeDay   TaskKind = "day"   // hours of a day that is more than 48 h old
)

func (k TaskKind) rank() int {
	return slices.Index([]TaskKind{MergeSmall, MergeHeld, FoldHeld, MergeHour, MergeDay}, k)
}

// Task is one step of compaction.
type Task struct {
	Kind    TaskKind
	Span    limnograph.TimeRange  // the hour or the day of what comes out; zero for held files
	Files   []limnograph.DataFile // what is merged, by time
	Outputs int                   // how many files come out of Files, at most; fewer than go in
	Held    []HeldFile            // of MergeHeld and FoldHeld: what is merged
}

// Limits of one task: they bound its memory and its time, and so how long held statements wait behind it.
const (
	maxInputs   = 48            // files that are open at once
	maxOpenRows = 24 * 64 << 10 // rows of their row groups, about 75 bytes each: 110 MB
	maxHeldRows = 500_000       // statements in memory at once, about 60 MB
	taskTargets = 8             // target sizes that go into a task
)

// Plan says what is due in a table, most urgent first. It is pure: the same state at the same time gives the same tasks.
// No file is in two tasks, and each task leaves fewer files than it takes, so doing them ends.
//
// Rows are written at most four times: appended, merged with the other small files of some minutes, with their hour, and
// with their day. What comes late waits until there is enough of it to be worth the writing.
//
// When nothing is due, an hour that is still open has fewer than 72 files; one that is over, and a day that is more than
// 48 h old, has its large files, fewer than 12 that are late, and at most one more for each time that 5 times as much
// came at once.
func Plan(s limnograph.Snapshot, held []HeldFile, now time.Time, c Compaction) []Task {
	p := planner{now: now.UnixMilli(), Compaction: c.withDefaults()}
	tasks := p.held(held)
	for _, g := range p.groups(s.Files) {
		tasks = append(tasks, p.group(g)...)
	}
	slices.SortStableFunc(tasks, func(a, b Task) int { return a.Kind.rank() - b.Kind.rank() })
	return tasks
}

type planner struct {
	Compaction
	now int64
}

// group is the files that may be merged with each other.
type fileGroup struct {
	span
	files []limnograph.DataFile
}

// groups puts files together by hour, or by day when all of the day is old. A file over several hours of a younger day
// waits with its like.
func (p planner) groups(files []limnograph.DataFile) []fileGroup {
	old := p.now - daily.Milliseconds()
	at := make(map[span]int)
	var groups []fileGroup
	for _, f := range files {
		s := spanOfFile(f)
		if (s.day+1)*dayMillis <= old {
			s.hour = wholeDay
		}
		n, ok := at[s]
		if !ok {
			n = len(groups)
			at[s], groups = n, append(groups, fileGroup{span: s})
		}
		groups[n].files = append(groups[n].files, f)
	}
	slices.SortFunc(groups, func(a, b fileGroup) int {
		return cmp.Or(cmp.Compare(b.day, a.day), cmp.Compare(b.hour, a.hour))
	})
	return groups
}

// spanOfFile returns the hour of a file, or the day when it spans several.
func spanOfFile(f limnograph.DataFile) span {
	s := span{day: dayOf(f.MinTime), hour: wholeDay}
	if hour := hourOf(f.MinTime); hour == hourOf(f.MaxTime) {
		s.hour = hour - s.day*24
	}
	return s
}

// times returns the hour or the day as a range.
func (s span) times() limnograph.TimeRange {
	from, length := s.day*dayMillis, int64(dayMillis)
	if s.hour != wholeDay {
		from, length = from+s.hour*hourMillis, hourMillis
	}
	return limnograph.TimeRange{From: time.UnixMilli(from).UTC(), To: time.UnixMilli(from + length).UTC()}
}

// spanOfTimes is the inverse of times.
func spanOfTimes(r limnograph.TimeRange) span {
	s := span{day: dayOf(r.From.UnixMilli()), hour: wholeDay}
	if r.To.Sub(r.From) == time.Hour {
		s.hour = hourOf(r.From.UnixMilli()) - s.day*24
	}
	return s
}

// oldHeld is how many held files of one age may wait: each stands in the properties of every snapshot.
const oldHeld = 32

// held plans for statements that wait: those that are more than 48 h late wait longer, since they make day files be
// written again. Either kind is merged when three quarters of its time are over; the rest is for the merge itself.
func (p planner) held(held []HeldFile) (tasks []Task) {
	recent, late := make([]HeldFile, 0, len(held)), make([]HeldFile, 0, len(held))
	for _, h := range held {
		if h.MaxTime < p.now-daily.Milliseconds() {
			late = append(late, h)
		} else {
			recent = append(recent, h)
		}
	}
	return append(p.heldOf(recent, p.Every), p.heldOf(late, p.EveryOld)...)
}

func (p planner) heldOf(held []HeldFile, wait time.Duration) (tasks []Task) {
	var rows int64
	due := false
	for _, h := range held {
		rows += h.Rows
		// One of the future was written while the clock was ahead.
		due = due || h.Since <= p.now-wait.Milliseconds()*3/4 || h.Since > p.now
	}
	switch {
	case due || rows > maxHeldRows:
		for _, some := range heldBatches(held) {
			tasks = append(tasks, Task{Kind: MergeHeld, Held: some})
		}
	case len(held) >= oldHeld:
		tasks = append(tasks, Task{Kind: FoldHeld, Held: held})
	}
	return tasks
}

// heldBatches cuts held files, oldest first, into those whose statements fit into memory.
func heldBatches(held []HeldFile) (batches [][]HeldFile) {
	held = slices.SortedStableFunc(slices.Values(held), func(a, b HeldFile) int { return cmp.Compare(a.Since, b.Since) })
	var rows int64
	for i, h := range held {
		if rows += h.Rows; i == 0 || rows > maxHeldRows {
			batches, rows = append(batches, nil), h.Rows
		}
		batches[len(batches)-1] = append(batches[len(batches)-1], h)
	}
	return batches
}
