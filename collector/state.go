package collector

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"limnograph"
)

// stateVersion is that of the checkpoint's text. One of another version is not read: everything is then collected again,
// which changes nothing that has landed.
const stateVersion = 1

// rememberFor is how long the end of a run is remembered over a restart: a sweep would publish it again otherwise.
const rememberFor = 3 * time.Hour

// The text of a checkpoint. Times are milliseconds since the epoch; 0: none.
type savedState struct {
	Version int                   `json:"version"`
	Targets []savedTarget         `json:"targets"`
	Runs    map[string]savedKnown `json:"runs"` // by the hexadecimal digits of their id
}

type savedTarget struct {
	Account string              `json:"account"`
	Region  string              `json:"region"`
	Began   int64               `json:"began"`
	Credit  float64             `json:"credit"`
	Listed  int64               `json:"listed"`
	Swept   int64               `json:"swept"`
	Past    savedPast           `json:"past"`
	Jobs    map[string]savedJob `json:"jobs"`
	Waiting []savedEnded        `json:"waiting"`
	Watch   []savedWatch        `json:"watch"`
}

type savedPast struct {
	Runs   int64 `json:"runs"`
	Oldest int64 `json:"oldest"`
}

type savedJob struct {
	Digest  uint64 `json:"digest"`
	Landed  int64  `json:"landed"`
	Tagged  int64  `json:"tagged"`
	Mark    int64  `json:"mark"`
	Due     int64  `json:"due"`
	Done    bool   `json:"history"`
	Type    string `json:"type,omitempty"`
	Scaling *bool  `json:"scaling,omitempty"`
	// Modified and Tags are those of the last listing.
	Modified int64             `json:"modified"`
	Tags     map[string]string `json:"tags"`
}

type savedKnown struct {
	API       uint64  `json:"api"`
	Event     uint64  `json:"event"`
	Ended     int64   `json:"ended"`
	Published kindSet `json:"published"`
}

type savedEnded struct {
	Job        string   `json:"job"`
	Run        string   `json:"run"`
	State      string   `json:"state"`
	At         int64    `json:"at"`
	ExecutionS *int64   `json:"execution"`
	DPUSeconds *float64 `json:"dpu"`
	Done       kindSet  `json:"done"`
}

type savedWatch struct {
	Job   string `json:"job"`
	Run   string `json:"run"`
	First int64  `json:"first"`
	Asked int64  `json:"asked"`
	Again int    `json:"again"`
	Ended bool   `json:"ended"`
	Gone  bool   `json:"gone"`
}

// isLoaded reports whether the checkpoint was read, or there is none.
func (c *Collector) isLoaded() bool {
	c.tending.Lock()
	defer c.tending.Unlock()
	return c.loaded
}

// load reads the checkpoint once. A damaged one is as good as none. The caller holds tending. Errors: those of the
// checkpoint, which would be overwritten otherwise.
func (c *Collector) load(ctx context.Context) error {
	if c.loaded {
		return nil
	}
	if c.cfg.Checkpoint != nil {
		text, err := c.cfg.Checkpoint.Load(ctx)
		if err != nil {
			return fmt.Errorf("load the checkpoint of the collector: %w", err)
		}
		if len(text) > 0 {
			c.restore(text)
		}
	}
	c.loaded = true
	return nil
}

func (c *Collector) restore(text []byte) {
	var s savedState
	if err := json.Unmarshal(text, &s); err != nil {
		c.startOver("the checkpoint is damaged: runs and jobs are collected anew")
		return
	}
	if s.Version != stateVersion {
		c.startOver(fmt.Sprintf("the checkpoint has version %d and this program writes %d: runs and jobs are collected anew", s.Version, stateVersion))
		return
	}
	for id, k := range s.Runs {
		var run runID
		if n, err := hex.Decode(run[:], []byte(id[:min(len(id), 2*len(run))])); err != nil || n != len(run) {
			continue
		}
		c.memory.update(run, func(now *known) {
			if *now == (known{}) {
				*now = known{api: k.API, event: k.Event, ended: k.Ended, published: k.Published}
			}
		})
	}
	for i := range s.Targets {
		if t := c.byPlace[place{s.Targets[i].Account, s.Targets[i].Region}]; t != nil {
			t.restore(&s.Targets[i])
		}
	}
}

func (c *Collector) startOver(why string) {
	c.cfg.Logger.Warn("starting over without the checkpoint of the collector", "reason", why)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note = why
}

func (t *target) restore(s *savedTarget) {
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.began, t.swept = orTime(s.Began, t.began), at(s.Swept)
	t.budget.credit = min(mostSaved, max(-mostSaved, s.Credit))
	t.past = progress{runs: s.Past.Runs, oldest: at(s.Past.Oldest)}
	for name, j := range s.Jobs {
		t.jobs[name] = &job{
			digest: j.Digest, landed: at(j.Landed), tagged: at(j.Tagged), mark: at(j.Mark), due: minTime(at(j.Due), now.Add(t.c.cfg.SweepEvery)),
			past:  pastOf{done: j.Done},
			facts: limnograph.Job{Type: j.Type, AutoScaling: j.Scaling, ModifiedAt: at(j.Modified), Tags: j.Tags},
		}
	}
	t.budget.jobs = len(t.jobs)
	for _, e := range s.Waiting {
		key := t.keyOf(e.Job, e.Run)
		t.outbox.waiting[key] = &ended{
			key: key, state: limnograph.RunState(e.State), at: at(e.At), executionS: e.ExecutionS, dpuSeconds: e.DPUSeconds, done: e.Done,
		}
	}
	for _, w := range s.Watch {
		if key := t.keyOf(w.Job, w.Run); t.watch[key] == nil {
			t.watch[key] = &watched{first: at(w.First), asked: at(w.Asked), again: w.Again, ended: w.Ended, gone: w.Gone, isOpen: true}
		}
	}
}

func (t *target) keyOf(name, run string) limnograph.RunKey {
	return limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: t.at.account, Region: t.at.region, JobName: name}, RunID: run}
}

// save writes the checkpoint when something has changed: now, or when the last time is long enough ago.
func (c *Collector) save(ctx context.Context, now bool) error {
	c.tending.Lock()
	defer c.tending.Unlock()
	at := c.cfg.Now()
	if c.cfg.Checkpoint == nil || !c.loaded || !now && at.Sub(c.saved) < c.cfg.SaveEvery || !c.dirty.Swap(false) {
		return nil
	}
	text, err := json.Marshal(c.state(at))
	if err == nil {
		err = c.cfg.Checkpoint.Save(ctx, text)
	}
	if err != nil {
		c.dirty.Store(true)
		return fmt.Errorf("save the checkpoint of the collector: %w", err)
	}
	c.saved = at
	return nil
}

// state takes down what is to outlive the process. What a target has landed meanwhile is landed again after a crash,
// which changes nothing.
func (c *Collector) state(now time.Time) savedState {
	s := savedState{Version: stateVersion, Runs: make(map[string]savedKnown)}
	for _, t := range c.targets {
		s.Targets = append(s.Targets, t.state())
	}
	for id, k := range c.memory.since(now.Add(-max(rememberFor, c.cfg.Window+time.Hour))) {
		s.Runs[hex.EncodeToString(id[:])] = savedKnown{k.api, k.event, k.ended, k.published}
	}
	return s
}

func (t *target) state() savedTarget {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := savedTarget{
		Account: t.at.account, Region: t.at.region, Began: ms(t.began), Credit: t.budget.credit, Listed: ms(t.roll.listed), Swept: ms(t.swept),
		Past: savedPast{t.past.runs, ms(t.past.oldest)}, Jobs: make(map[string]savedJob),
	}
	for name, j := range t.jobs {
		s.Jobs[name] = savedJob{
			Digest: j.digest, Landed: ms(j.landed), Tagged: ms(j.tagged), Mark: ms(j.mark), Due: ms(j.due), Done: j.past.done,
			Type: j.facts.Type, Scaling: j.facts.AutoScaling, Modified: ms(j.facts.ModifiedAt), Tags: j.facts.Tags,
		}
	}
	for _, key := range t.gone {
		s.Jobs[key.JobName] = savedJob{Done: true} // the next listing misses it again
	}
	for _, e := range slices.SortedFunc(maps.Values(t.outbox.waiting), (*ended).order) {
		s.Waiting = append(s.Waiting, savedEnded{e.key.JobName, e.key.RunID, string(e.state), ms(e.at), e.executionS, e.dpuSeconds, e.done})
	}
	for key, w := range t.watch {
		if w.ended || w.gone || !w.asked.IsZero() {
			s.Watch = append(s.Watch, savedWatch{key.JobName, key.RunID, ms(w.first), ms(w.asked), w.again, w.ended, w.gone})
		}
	}
	return s
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func orTime(ms int64, other time.Time) time.Time {
	if ms == 0 {
		return other
	}
	return at(ms)
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
