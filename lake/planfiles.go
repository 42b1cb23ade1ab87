package lake

import (
	"cmp"
	"slices"

	"limnograph"
)

// What is worth writing again.
const (
	openFiles    = 48 // small files of an hour that is not over are merged when there are so many: 4 min of commits every 5 s
	openShare    = 24 // such a file has at most this part of the hour's rows
	lateFiles    = 12 // late files of an hour that is over, or of a day, are merged when there are so many
	rewriteRatio = 4  // a file is merged with others only when it has at most so many times their rows
	fewHours     = 3  // an hour so large that fewer than these fit into a task is not merged with others
)

// closedAfter is the age at which nothing can come to a day any more: what comes so late is no measurement.
const closedAfter = oldest + daily

// group plans for the files of one hour or day.
func (p planner) group(g fileGroup) []Task {
	if len(g.files) < 2 {
		return nil
	}
	end := g.times().To.UnixMilli()
	switch {
	case g.hour == wholeDay && end <= p.now-daily.Milliseconds():
		return p.oldDay(g, end <= p.now-closedAfter.Milliseconds())
	case g.hour == wholeDay:
		return p.tasks(MergeSmall, g.span, p.late(p.loose(g.files, p.settledHour(g.files))))
	case end <= p.now-p.Every.Milliseconds():
		return p.hour(g)
	default:
		return p.tasks(MergeSmall, g.span, small(g.files))
	}
}

// small returns the small files of an hour that is still growing, when there are enough of them.
func small(files []limnograph.DataFile) (chosen []limnograph.DataFile) {
	total := rowsOf(files)
	for _, f := range files {
		if f.Rows*openShare <= total {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) < openFiles {
		return nil
	}
	return chosen
}

// hour plans for an hour that is over.
func (p planner) hour(g fileGroup) []Task {
	settled := p.settledHour(g.files)
	loose := p.loose(g.files, settled)
	if first(g.files, loose) {
		return p.tasks(MergeHour, g.span, loose)
	}
	return p.tasks(MergeSmall, g.span, p.late(loose))
}

// oldDay plans for a day that is old, or even closed: then nothing is worth waiting for.
func (p planner) oldDay(g fileGroup, closed bool) []Task {
	settled := p.settledDay(g.files)
	loose := p.loose(g.files, settled)
	switch {
	case closed:
		return p.tasks(MergeDay, g.span, without(g.files, settled))
	case first(g.files, loose):
		return p.tasks(MergeDay, g.span, loose)
	}
	return p.tasks(MergeSmall, g.span, p.late(loose))
}

// settledHour tells the files of an hour that are large enough, and cover about all that the hour covers: they come out
// of a merge of the hour. Large files of a few minutes do not.
func (p planner) settledHour(files []limnograph.DataFile) func(limnograph.DataFile) bool {
	from, to := hull(files)
	return func(f limnograph.DataFile) bool {
		return f.Size >= p.TargetSize/2 && 2*(f.MaxTime-f.MinTime) >= to-from
	}
}

// settledDay tells the files of a day that are large enough: those of several hours, and those of an hour that is so
// large that no task could merge it with others.
func (p planner) settledDay(files []limnograph.DataFile) func(limnograph.DataFile) bool {
	sizes := make(map[int64]int64)
	for _, f := range files {
		sizes[hourOf(f.MinTime)] += f.Size
	}
	return func(f limnograph.DataFile) bool {
		several := hourOf(f.MinTime) != hourOf(f.MaxTime)
		return f.Size >= p.TargetSize/2 && (several || sizes[hourOf(f.MinTime)]*fewHours > p.taskSize())
	}
}

func (p planner) taskSize() int64 { return taskTargets * p.TargetSize }

// loose returns the files that are not settled, fewest rows first, without those that are too large beside the others.
func (p planner) loose(files []limnograph.DataFile, settled func(limnograph.DataFile) bool) []limnograph.DataFile {
	loose := without(files, settled)
	slices.SortStableFunc(loose, func(a, b limnograph.DataFile) int { return cmp.Compare(a.Rows, b.Rows) })
	rest := rowsOf(loose)
	for n := len(loose); n > 0; n-- {
		largest := loose[n-1].Rows
		if rest -= largest; largest <= rewriteRatio*rest {
			return loose[:n]
		}
	}
	return nil
}

// first reports whether files were never merged into one of most rows: all of them are loose, and none stands out.
func first(all, loose []limnograph.DataFile) bool {
	return len(loose) == len(all) && 2*loose[len(loose)-1].Rows <= rowsOf(loose)
}

// late returns files when there are enough of them.
func (p planner) late(files []limnograph.DataFile) []limnograph.DataFile {
	if len(files) < lateFiles {
		return nil
	}
	return files
}

// tasks makes tasks of files that are worth merging. When they are too many for one task, the smallest are merged
// first; when they are too large, each task takes the files of some hours.
func (p planner) tasks(kind TaskKind, s span, files []limnograph.DataFile) (tasks []Task) {
	if len(files) > maxInputs {
		kind, files = MergeSmall, smallest(files, kind)
	}
	for _, run := range p.runs(files) {
		if outputs := p.outputs(run); outputs < len(run) {
			tasks = append(tasks, Task{Kind: kind, Span: s.times(), Files: run, Outputs: outputs})
		}
	}
	return tasks
}

// smallest returns the files of fewest rows: so many that the rest fits into one task, or, where no such task follows,
// as many as make full tasks.
func smallest(files []limnograph.DataFile, kind TaskKind) []limnograph.DataFile {
	byRows := slices.SortedStableFunc(slices.Values(files), func(a, b limnograph.DataFile) int { return cmp.Compare(a.Rows, b.Rows) })
	if kind == MergeSmall {
		return byRows[:len(files)/maxInputs*maxInputs]
	}
	excess := len(files) - maxInputs
	tasks := (excess + maxInputs - 2) / (maxInputs - 1)
	return byRows[:excess+tasks]
}

// runs cuts files, by time, where a task is full, between hours if it can be.
func (p planner) runs(files []limnograph.DataFile) (runs [][]limnograph.DataFile) {
	byTime := slices.SortedStableFunc(slices.Values(files), func(a, b limnograph.DataFile) int {
		return cmp.Or(cmp.Compare(a.MinTime, b.MinTime), cmp.Compare(a.MaxTime, b.MaxTime))
	})
	for len(byTime) > 0 {
		n := p.full(byTime)
		runs, byTime = append(runs, byTime[:n:n]), byTime[n:]
	}
	return runs
}

// full returns how many of the first files fill a task.
func (p planner) full(files []limnograph.DataFile) int {
	var size, open int64
	hour := 0 // where the last hour began
	for i, f := range files {
		if i > 0 && hourOf(f.MinTime) != hourOf(files[i-1].MinTime) {
			hour = i
		}
		size, open = size+f.Size, open+openRows(f)
		if i > 0 && (size > p.taskSize() || open > maxOpenRows || i == maxInputs) {
			return cmp.Or(hour, i)
		}
	}
	return len(files)
}

// openRows returns the rows that a reader of the file has in memory: a row group.
func openRows(f limnograph.DataFile) int64 { return min(f.Rows, 64<<10) }

// outputs returns how many files come out, each of 2/3 to 4/3 of the target size.
func (p planner) outputs(files []limnograph.DataFile) int {
	var size int64
	for _, f := range files {
		size += f.Size
	}
	largest := p.TargetSize * 4 / 3
	return int((size + largest - 1) / largest)
}

func without(files []limnograph.DataFile, drop func(limnograph.DataFile) bool) (kept []limnograph.DataFile) {
	for _, f := range files {
		if !drop(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

func rowsOf(files []limnograph.DataFile) (n int64) {
	for _, f := range files {
		n += f.Rows
	}
	return n
}

func hull(files []limnograph.DataFile) (from, to int64) {
	from, to = files[0].MinTime, files[0].MaxTime
	for _, f := range files {
		from, to = min(from, f.MinTime), max(to, f.MaxTime)
	}
	return from, to
}
