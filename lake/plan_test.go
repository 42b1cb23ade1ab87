package lake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/lake"
)

const mib = 1 << 20

// reporter is what *testing.T and *rapid.T share.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// model is a table without rows: what Plan sees of it.
type model struct {
	files   []limnograph.DataFile
	held    []lake.HeldFile
	made    int
	written int64 // rows
	tasks   map[lake.TaskKind]int
}

// append adds a file of rows between two times.
func (m *model) append(from, to time.Time, rows int64) {
	m.add(from.UnixMilli(), to.UnixMilli(), rows, 6<<10+6*rows)
}

func (m *model) add(from, to, rows, size int64) {
	m.made++
	m.written += rows
	m.files = append(m.files, limnograph.DataFile{
		Key: fmt.Sprintf("lake/glue_metrics/data/%08d.parquet", m.made), Size: size, Rows: rows, MinTime: from, MaxTime: to,
	})
}

// do does a task: what comes out has the rows, the times and a little less than the bytes of what went in.
func (m *model) do(t reporter, task lake.Task) {
	t.Helper()
	if m.tasks == nil {
		m.tasks = map[lake.TaskKind]int{}
	}
	m.tasks[task.Kind]++
	m.held = slices.DeleteFunc(m.held, func(h lake.HeldFile) bool { return slices.Contains(task.Held, h) })
	if task.Kind == lake.FoldHeld {
		m.held = append(m.held, foldedHeld(task.Held))
	}
	if len(task.Files) == 0 {
		return
	}
	var rows, size int64
	from, to := task.Files[0].MinTime, task.Files[0].MaxTime
	for _, f := range task.Files {
		if !slices.Contains(m.files, f) {
			t.Fatalf("%s takes a file that is not there: %+v", task.Kind, f)
		}
		rows, size = rows+f.Rows, size+f.Size
		from, to = min(from, f.MinTime), max(to, f.MaxTime)
	}
	m.files = slices.DeleteFunc(m.files, func(f limnograph.DataFile) bool { return slices.Contains(task.Files, f) })
	for i := range int64(task.Outputs) {
		share := rows*(i+1)/int64(task.Outputs) - rows*i/int64(task.Outputs)
		m.add(from, to, share, max(1, (size-6<<10*int64(len(task.Files)-1))/int64(task.Outputs)))
	}
}

func foldedHeld(held []lake.HeldFile) lake.HeldFile {
	one := held[0]
	one.Key += "+"
	for _, h := range held[1:] {
		one.Rows, one.Since = one.Rows+h.Rows, min(one.Since, h.Since)
		one.MinTime, one.MaxTime = min(one.MinTime, h.MinTime), max(one.MaxTime, h.MaxTime)
	}
	return one
}

func (m *model) plan(at time.Time, c lake.Compaction) []lake.Task {
	return lake.Plan(limnograph.Snapshot{ID: 1, Files: m.files}, m.held, at, c)
}

// settle does what is due until nothing is.
func (m *model) settle(t reporter, at time.Time, c lake.Compaction) (tasks int) {
	t.Helper()
	for {
		due := m.plan(at, c)
		checkTasks(t, due)
		if len(due) == 0 {
			return tasks
		}
		if tasks++; tasks > 10_000 {
			t.Fatalf("there is always something due")
		}
		m.do(t, due[0])
	}
}

// checkTasks fails on a task that breaks what Plan promises.
func checkTasks(t reporter, tasks []lake.Task) {
	t.Helper()
	taken := map[string]lake.TaskKind{}
	for _, task := range tasks {
		for _, f := range task.Files {
			if by, ok := taken[f.Key]; ok {
				t.Fatalf("%s is in tasks %s and %s", f.Key, by, task.Kind)
			}
			taken[f.Key] = task.Kind
			if f.MinTime < task.Span.From.UnixMilli() || f.MaxTime >= task.Span.To.UnixMilli() {
				t.Fatalf("%s of %v takes a file of %d to %d", task.Kind, task.Span, f.MinTime, f.MaxTime)
			}
		}
		for _, h := range task.Held {
			if by, ok := taken[h.Key]; ok {
				t.Fatalf("%s is in tasks %s and %s", h.Key, by, task.Kind)
			}
			taken[h.Key] = task.Kind
		}
		if len(task.Held) == 0 && (task.Outputs < 1 || task.Outputs >= len(task.Files)) {
			t.Fatalf("%s makes %d files of %d", task.Kind, task.Outputs, len(task.Files))
		}
		if len(task.Files) > 48 {
			t.Fatalf("%s takes %d files", task.Kind, len(task.Files))
		}
	}
}

// shape tells the tasks as kind:files>outputs.
func shape(tasks []lake.Task) string {
	var out []string
	for _, task := range tasks {
		if len(task.Held) > 0 {
			out = append(out, fmt.Sprintf("%s:%d", task.Kind, len(task.Held)))
		} else {
			out = append(out, fmt.Sprintf("%s:%d>%d", task.Kind, len(task.Files), task.Outputs))
		}
	}
	return strings.Join(out, " ")
}

// sized adds files of one hour, by its age in hours, each with as many rows as bytes/6.
func (m *model) sized(hoursAgo int, sizes ...int64) *model {
	from := now.Add(-time.Duration(hoursAgo) * time.Hour)
	for _, size := range sizes {
		m.add(from.UnixMilli(), from.Add(59*time.Minute).UnixMilli(), max(1, size/6), size)
	}
	return m
}

// short adds files of some minutes of an hour.
func (m *model) short(hoursAgo int, sizes ...int64) *model {
	from := now.Add(-time.Duration(hoursAgo) * time.Hour)
	for i, size := range sizes {
		at := from.Add(time.Duration(i%12) * 5 * time.Minute)
		m.add(at.UnixMilli(), at.Add(4*time.Minute).UnixMilli(), max(1, size/6), size)
	}
	return m
}

func (m *model) day(daysAgo int, sizes ...int64) *model {
	from := now.Truncate(24*time.Hour).AddDate(0, 0, -daysAgo)
	for _, size := range sizes {
		m.add(from.UnixMilli(), from.Add(24*time.Hour-time.Minute).UnixMilli(), max(1, size/6), size)
	}
	return m
}

func times(n int, size int64) []int64 { return slices.Repeat([]int64{size}, n) }

func TestPlan(t *testing.T) {
	hours := func(m *model, daysAgo int, size int64) *model {
		end := int(now.Sub(now.Truncate(24*time.Hour)) / time.Hour)
		for h := range 24 {
			m.sized(end+24*daysAgo-h, size)
		}
		return m
	}
	for outcome, c := range map[string]struct {
		table *model
		want  string
	}{
		"NothingInAnEmptyTable":           {&model{}, ""},
		"NothingForOneFile":               {new(model).sized(5, 1000), ""},
		"FewSmallFilesOfAnOpenHourWait":   {new(model).short(0, times(47, 1000)...), ""},
		"SmallFilesOfAnOpenHour":          {new(model).short(0, times(48, 1000)...), "merge:48>1"},
		"MergedFilesOfAnOpenHourStay":     {new(model).short(0, append(times(10, 48_000), times(48, 1000)...)...), "merge:48>1"},
		"ManySmallFilesTakeTurns":         {new(model).short(0, times(500, 1000)...), "merge:48>1 merge:48>1 merge:48>1 merge:48>1 merge:48>1 merge:48>1 merge:48>1 merge:48>1 merge:48>1 merge:48>1"},
		"AnHourThatIsOver":                {new(model).short(2, append(times(14, 48_000), times(30, 1000)...)...), "hour:44>1"},
		"AnHourThatIsOverAndLarge":        {new(model).short(2, times(14, 36*mib)...), "hour:14>4"},
		"AnHourWhoseParts AreLarge":       {new(model).short(2, times(12, 60*mib)...), "hour:12>6"},
		"FewLateFilesOfAnHourWait":        {new(model).sized(5, append(times(11, 1000), 600_000)...), ""},
		"ManyLateFilesOfAnHour":           {new(model).sized(5, append(times(12, 1000), 600_000)...), "merge:12>1"},
		"LateFilesThatAreAShare":          {new(model).sized(5, append(times(12, 20_000), 600_000)...), "merge:13>1"},
		"AMergedHourStays":                {new(model).sized(5, times(5, 80*mib)...), ""},
		"AMergedHourWithFewLateFiles":     {new(model).sized(5, append(times(5, 80*mib), 1000, 1000)...), ""},
		"HoursOfAnOldDay":                 {hours(&model{}, 4, 100_000), "day:24>1"},
		"HoursOfAYoungerDayStay":          {hours(&model{}, 2, 100_000), ""},
		"HoursOfAnOldDayMakeFilesOfASize": {hours(&model{}, 4, 20*mib), "day:24>4"},
		"HoursOfALargeDayTakeTurns":       {hours(&model{}, 4, 80*mib), "day:9>6 day:9>6 day:6>4"},
		"HoursThatAreTooLargeStay":        {hours(&model{}, 4, 300*mib), ""},
		"AMergedDayStays":                 {new(model).day(4, 90*mib, 90*mib), ""},
		"FewLateFilesOfADayWait":          {new(model).day(4, append(times(11, 1000), 90*mib)...), ""},
		"ManyLateFilesOfADay":             {new(model).day(4, append(times(12, 1000), 90*mib)...), "merge:12>1"},
		"AClosedDayIsLeftInOrder":         {new(model).day(20, 1000, 2000, 90*mib), "day:2>1"},
		"AYoungDayWithFilesOverHours":     {new(model).day(1, times(12, 1000)...), "merge:12>1"},
	} {
		t.Run(outcome, func(t *testing.T) {
			due := c.table.plan(now.Add(10*time.Minute), lake.Compaction{})
			checkTasks(t, due)
			if got := shape(due); got != c.want {
				t.Errorf("due %q, want %q", got, c.want)
			}
		})
	}
}

func TestPlanHeld(t *testing.T) {
	file := func(age, ts time.Duration, rows int64) lake.HeldFile {
		return lake.HeldFile{Rows: rows, MinTime: now.Add(-ts - time.Minute).UnixMilli(), MaxTime: now.Add(-ts).UnixMilli(), Since: now.Add(-age).UnixMilli()}
	}
	many := func(n int, h lake.HeldFile) []lake.HeldFile { return slices.Repeat([]lake.HeldFile{h}, n) }
	const minute, old = time.Minute, 50 * time.Hour
	for outcome, c := range map[string]struct {
		held []lake.HeldFile
		want string
	}{
		"Nothing":                           {nil, ""},
		"ANewOneWaits":                      {many(3, file(minute, minute, 1)), ""},
		"AllWhenOneIsDue":                   {append(many(3, file(minute, minute, 1)), file(4*minute, minute, 1)), "held:4"},
		"OldOnesWaitLonger":                 {many(3, file(40*minute, old, 1)), ""},
		"OldOnesWhenTheyAreDue":             {many(3, file(45*minute, old, 1)), "held:3"},
		"RecentOnesWithoutTheOld":           {append(many(3, file(40*minute, old, 1)), file(5*minute, minute, 1)), "held:1"},
		"ManyThatWaitBecomeOne":             {many(32, file(10*minute, old, 1)), "fold:32"},
		"MoreThanFitIntoMemoryAreMergedNow": {many(3, file(0, old, 400_000)), "held:1 held:1 held:1"},
	} {
		t.Run(outcome, func(t *testing.T) {
			for i := range c.held {
				c.held[i].Key = fmt.Sprint(i)
			}
			due := lake.Plan(limnograph.Snapshot{}, c.held, now, lake.Compaction{})
			checkTasks(t, due)
			if got := shape(due); got != c.want {
				t.Errorf("due %q, want %q", got, c.want)
			}
		})
	}
}

// TestPlanAnyTable: whatever the files, doing what is due ends, with few files, and as old days few large ones.
func TestPlanAnyTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := anyModel(rt)
		before := len(m.files)
		tasks := m.settle(rt, now, lake.Compaction{})
		if tasks > before {
			rt.Fatalf("%d tasks for %d files", tasks, before)
		}
		wantBounded(rt, m)
		late := now.AddDate(0, 1, 0)
		m.settle(rt, late, lake.Compaction{})
		if again := m.settle(rt, late, lake.Compaction{}); again != 0 {
			rt.Fatalf("%d tasks after all was done", again)
		}
		wantClosed(rt, m)
	})
}

func anyModel(rt *rapid.T) *model {
	m := &model{}
	for range rapid.IntRange(0, 5).Draw(rt, "places") {
		from := now.Truncate(24*time.Hour).AddDate(0, 0, -rapid.IntRange(0, 18).Draw(rt, "day"))
		hour := from.Add(time.Duration(rapid.IntRange(0, 23).Draw(rt, "hour")) * time.Hour)
		for range rapid.IntRange(0, 120).Draw(rt, "files") {
			begin := hour.Add(time.Duration(rapid.IntRange(0, 59).Draw(rt, "begin")) * time.Minute)
			end := hour.Add(time.Hour - 1)
			if rapid.IntRange(0, 9).Draw(rt, "over hours") == 0 {
				end = from.Add(24*time.Hour - 1)
			}
			size := int64(1) << rapid.IntRange(10, 27).Draw(rt, "size")
			m.add(begin.UnixMilli(), end.UnixMilli(), max(1, size/6), size)
		}
	}
	return m
}

// wantBounded checks the number of files that Plan's documentation promises.
func wantBounded(t reporter, m *model) {
	t.Helper()
	type place struct{ from, length int64 }
	small, large := map[place]int{}, map[place]int{}
	for _, f := range m.files {
		p := place{f.MinTime - f.MinTime%3_600_000, 3_600_000}
		day := f.MinTime - f.MinTime%86_400_000
		if day+86_400_000 <= now.Add(-48*time.Hour).UnixMilli() || f.MaxTime >= p.from+p.length {
			p = place{day, 86_400_000}
		}
		if f.Size >= 48*mib {
			large[p]++
		} else {
			small[p]++
		}
	}
	for p, n := range small {
		limit := 12 + 12 // late ones, and those that stood out
		if p.length == 3_600_000 && p.from+p.length > now.Add(-5*time.Minute).UnixMilli() {
			limit = 72
		}
		if n > limit+large[p] {
			t.Errorf("%d small and %d large files from %v on", n, large[p], time.UnixMilli(p.from).UTC())
		}
	}
}

// wantClosed checks that a day to which nothing can come has no two files that fit into one.
func wantClosed(t reporter, m *model) {
	t.Helper()
	small := map[int64]int{}
	for _, f := range m.files {
		if f.Size < 24*mib {
			small[f.MinTime/86_400_000]++
		}
	}
	for day, n := range small {
		if n > 1 {
			t.Errorf("%d small files on day %d", n, day)
		}
	}
}

// TestPlanWeek follows a table for a week: the files stay few, and rows are written four times at most.
func TestPlanWeek(t *testing.T) {
	for name, rate := range map[string]int64{"AFewRows": 50, "ThousandsOfRows": 3000, "AsManyAsWePromise": 20_000} {
		t.Run(name, func(t *testing.T) {
			w := week{rate: rate, every: 5 * time.Second}
			w.run(t)
			amplification := float64(w.table.written) / float64(w.rows)
			t.Logf("%d rows/s: every row written %.2f times, at most %d files, %d at the end, tasks %v", rate, amplification, w.most, len(w.table.files), w.table.tasks)
			if amplification > 4 {
				t.Errorf("every row was written %.2f times", amplification)
			}
			if limit := 1500 + int(w.rows*6/(40*mib)); w.most > limit {
				t.Errorf("%d files, want at most %d", w.most, limit)
			}
		})
	}
}

// week commits every few seconds: rows of the last minutes, and a few that are late, to hours and days that take turns.
type week struct {
	rate  int64 // rows a second
	every time.Duration
	table model
	rows  int64
	most  int
}

func (w *week) run(t reporter) {
	end := now.AddDate(0, 0, 7)
	tick := 0
	for at := now; at.Before(end); at = at.Add(w.every) {
		w.commit(at, tick)
		if tick++; tick%12 == 0 {
			w.tend(t, at)
		}
	}
}

func (w *week) tend(t reporter, at time.Time) {
	due := w.table.plan(at, lake.Compaction{})
	for len(due) > 0 {
		checkTasks(t, due)
		for _, task := range due {
			w.table.do(t, task)
		}
		due = w.table.plan(at, lake.Compaction{})
	}
	w.most = max(w.most, len(w.table.files))
}

func (w *week) commit(at time.Time, tick int) {
	rows := w.rate * int64(w.every/time.Second)
	minute := at.Add(-2 * time.Minute).Truncate(time.Minute)
	w.append(minute, rows)
	if tick%12 == 0 {
		w.append(minute.Add(-time.Duration(1+tick/12%60)*time.Minute), max(1, rows/100))
	}
	if tick%120 == 0 {
		w.append(minute.Add(-time.Duration(1+tick/120%30)*time.Hour), max(1, rows/100))
	}
	if tick%720 == 0 {
		w.append(minute.Add(-time.Duration(1+tick/720%14)*24*time.Hour), max(1, rows/100))
	}
}

func (w *week) append(at time.Time, rows int64) {
	w.rows += rows
	w.table.append(at, at, rows)
}
