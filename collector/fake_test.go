package collector_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"limnograph"
	"limnograph/collector"
	"limnograph/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// noon is when every test begins.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// run is the truth about a run. It is RUNNING from its start to its end.
type run struct {
	job, id    string
	start, end time.Time
	state      limnograph.RunState // at its end
	class      string
	dpu        float64   // 0: Glue does not observe it
	dpuFrom    time.Time // since when Glue tells it
	message    string
}

// fakeGlue answers as Glue does, by what is true at the time of its clock.
type fakeGlue struct {
	account string
	now     func() time.Time
	page    int    // runs and jobs of a page
	before  func() // before an answer about a run is made; nil: nothing

	mu    sync.Mutex
	jobs  []limnograph.Job
	tags  map[string]map[string]string
	runs  []*run
	calls map[string]int
	asked []string               // jobs of GetJobRuns and runs of GetJobRun, in order
	fails func(op string) error  // before an answer; nil: never
	hold  map[string]func() bool // runs whose end Glue hides while it returns true
}

func newFakeGlue(account string, now func() time.Time) *fakeGlue {
	return &fakeGlue{account: account, now: now, page: 200, calls: make(map[string]int), tags: make(map[string]map[string]string), hold: make(map[string]func() bool)}
}

func (g *fakeGlue) called(op, about string) error {
	g.calls[op]++
	if about != "" {
		g.asked = append(g.asked, about)
	}
	if g.fails != nil {
		return g.fails(op)
	}
	return nil
}

func (g *fakeGlue) Run(_ context.Context, job, id string) (limnograph.JobRun, error) {
	if g.before != nil {
		g.before()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.called("GetJobRun", id); err != nil {
		return limnograph.JobRun{}, err
	}
	for _, r := range g.runs {
		if r.job == job && r.id == id && !r.start.After(g.now()) {
			return g.answer(r), nil
		}
	}
	return limnograph.JobRun{}, &limnograph.Error{Code: limnograph.CodeNotFound, Op: "get job run", Message: "run " + id}
}

func (g *fakeGlue) Runs(_ context.Context, job, token string) (page []limnograph.JobRun, next string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.called("GetJobRuns", job); err != nil {
		return nil, "", err
	}
	var all []*run
	for _, r := range g.runs {
		if r.job == job && !r.start.After(g.now()) {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b *run) int { return b.start.Compare(a.start) })
	from, to, next := g.cut(len(all), token)
	for _, r := range all[from:to] {
		page = append(page, g.answer(r))
	}
	return page, next, nil
}

func (g *fakeGlue) cut(n int, token string) (from, to int, next string) {
	from, _ = strconv.Atoi(token)
	from = min(from, n)
	if to = min(n, from+g.page); to < n {
		next = strconv.Itoa(to)
	}
	return from, to, next
}

func (g *fakeGlue) Jobs(_ context.Context, token string) (page []limnograph.Job, next string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.called("GetJobs", ""); err != nil {
		return nil, "", err
	}
	from, to, next := g.cut(len(g.jobs), token)
	return slices.Clone(g.jobs[from:to]), next, nil
}

func (g *fakeGlue) Tags(_ context.Context, job string) (map[string]string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.called("GetTags", ""); err != nil {
		return nil, err
	}
	return g.tags[job], nil
}

func (g *fakeGlue) answer(r *run) limnograph.JobRun {
	now := g.now()
	a := limnograph.JobRun{
		RunKey: limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: g.account, Region: region, JobName: r.job}, RunID: r.id},
		Source: limnograph.FromAPI, ObservedAt: now, State: limnograph.RunRunning, Attempt: new(int64),
		StartedAt: r.start, ModifiedAt: r.start, ExecutionClass: r.class, WorkerType: "G.1X",
	}
	if hidden := g.hold[r.id]; !r.end.After(now) && (hidden == nil || !hidden()) {
		seconds := int64(r.end.Sub(r.start).Seconds())
		a.State, a.CompletedAt, a.ModifiedAt, a.ExecutionS, a.ErrorMessage = r.state, r.end, r.end, &seconds, r.message
		if r.dpu > 0 && !r.dpuFrom.After(now) {
			a.DPUSeconds, a.ModifiedAt = &r.dpu, maxTime(r.end, r.dpuFrom)
		}
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (g *fakeGlue) count(op string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls[op]
}

func (g *fakeGlue) addJob(names ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, name := range names {
		g.jobs = append(g.jobs, limnograph.Job{JobKey: limnograph.JobKey{AccountID: g.account, Region: region, JobName: name}, Exists: true, Type: "glueetl", ModifiedAt: noon().Add(-time.Hour)})
	}
}

// addRun adds a run that succeeds.
func (g *fakeGlue) addRun(job, id string, start time.Time, took time.Duration) *run {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := &run{job: job, id: id, start: start, end: start.Add(took), state: limnograph.RunSucceeded}
	g.runs = append(g.runs, r)
	return r
}

func (g *fakeGlue) failWith(f func(op string) error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fails = f
}

func throttled(string) error {
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "ask Glue", Message: "Rate exceeded"}
}

// fakeCloudWatch remembers what was published.
type fakeCloudWatch struct {
	mu     sync.Mutex
	points []limnograph.Datapoint
	fails  func(points []limnograph.Datapoint) error
}

func (w *fakeCloudWatch) Put(_ context.Context, points []limnograph.Datapoint) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fails != nil {
		if err := w.fails(points); err != nil {
			return err
		}
	}
	w.points = append(w.points, points...)
	return nil
}

// landing takes batches in and merges their lines as the lake does.
type landing struct {
	mu       sync.Mutex
	lines    map[string][]string // by table, as they came
	rows     map[string]map[record.Key]*record.Row
	position int64
	fails    error
	t        testing.TB
}

func newLanding(t testing.TB) *landing {
	return &landing{t: t, lines: make(map[string][]string), rows: make(map[string]map[record.Key]*record.Row)}
}

func (l *landing) land(_ context.Context, b *limnograph.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails != nil {
		return l.fails
	}
	if b.Sender == "" || b.Arrival.IsZero() {
		l.t.Errorf("batch has sender %q and arrival %v", b.Sender, b.Arrival)
	}
	for _, p := range b.Parts {
		count := 0
		for line := range slices.Values(splitLines(p.Lines)) {
			count++
			l.position++
			l.lines[p.Table] = append(l.lines[p.Table], line)
			l.merge(p.Table, line)
		}
		if count != p.Count || p.MinTime <= 0 || p.MaxTime < p.MinTime {
			l.t.Errorf("part of %s has %d lines, says %d, times %d to %d", p.Table, count, p.Count, p.MinTime, p.MaxTime)
		}
	}
	return nil
}

func splitLines(data []byte) (lines []string) {
	for len(data) > 0 {
		i := slices.Index(data, '\n')
		if i < 0 {
			return append(lines, "unended: "+string(data))
		}
		lines, data = append(lines, string(data[:i])), data[i+1:]
	}
	return lines
}

func (l *landing) merge(table, line string) {
	tab := record.TableOf(table)
	if tab == nil {
		return
	}
	s, err := tab.Parse([]byte(line), l.position)
	if err != nil {
		l.t.Errorf("landed line %s: %v", line, err)
		return
	}
	if l.rows[table] == nil {
		l.rows[table] = make(map[record.Key]*record.Row)
	}
	l.rows[table][s.Key()] = tab.Merge(l.rows[table][s.Key()], s)
}

func (l *landing) count(table string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines[table])
}

func (l *landing) last(table string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.lines[table]); n > 0 {
		return l.lines[table][n-1]
	}
	return ""
}

// row returns the merged row of a run or job as text by column.
func (l *landing) row(table string, match map[string]string) map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	columns := record.TableOf(table).Schema().Records.Columns
	for _, row := range l.rows[table] {
		matches := true
		for name, want := range match {
			matches = matches && row.Text(name) == want
		}
		if !matches {
			continue
		}
		values := make(map[string]string)
		for i, v := range row.Values() {
			if v != nil {
				values[columns[i].Name] = fmt.Sprint(v)
			}
		}
		return values
	}
	return nil
}

func (l *landing) run(id string) map[string]string {
	return l.row(limnograph.RunsTable, map[string]string{"job_run_id": id})
}

// checkpoint keeps what was saved, in memory.
type checkpoint struct {
	mu    sync.Mutex
	text  []byte
	saves int
	fails bool
}

func (c *checkpoint) Load(context.Context) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails {
		return nil, errors.New("no store")
	}
	return c.text, nil
}

func (c *checkpoint) Save(_ context.Context, text []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text = slices.Clone(text)
	c.saves++
	return nil
}

// world is one collector over one or more accounts, with a clock that only tests move.
type world struct {
	t     testing.TB
	at    time.Time
	glue  *fakeGlue
	watch *fakeCloudWatch
	land  *landing
	saved *checkpoint
	open  []collector.OpenRun
	cfg   collector.Config
	more  []collector.Target
	c     *collector.Collector
}

func newWorld(t testing.TB, change ...func(w *world)) *world {
	w := &world{t: t, at: noon(), watch: &fakeCloudWatch{}, land: newLanding(t), saved: &checkpoint{}}
	w.glue = newFakeGlue(account, w.now)
	w.cfg = collector.Config{
		Now: w.now, NoTags: true, NoBackfill: true, Checkpoint: w.saved,
		Open: func(context.Context) ([]collector.OpenRun, error) { return w.open, nil },
	}
	for _, f := range change {
		f(w)
	}
	w.restart()
	return w
}

func (w *world) now() time.Time { return w.at }

// restart makes a new collector, as a new process would.
func (w *world) restart() {
	w.t.Helper()
	targets := append([]collector.Target{{AccountID: account, Region: region, Glue: w.glue, Metrics: w.watch}}, w.more...)
	c, err := collector.New(targets, w.land.land, w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.c = c
}

func (w *world) tick() {
	w.t.Helper()
	if err := w.c.Tick(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// pass lets time pass in steps, with a tick after each.
func (w *world) pass(d, step time.Duration) {
	w.t.Helper()
	for end := w.at.Add(d); w.at.Before(end); {
		w.at = w.at.Add(step)
		w.tick()
	}
}

func (w *world) event(id string, state limnograph.RunState, change ...func(map[string]any)) []byte {
	return eventOf(account, "orders", id, state, w.at, change...)
}

func key(job, id string) limnograph.RunKey {
	return limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: account, Region: region, JobName: job}, RunID: id}
}
