package collector

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"limnograph"
)

// inventory is the listing of the jobs of a target.
type inventory struct {
	due    time.Time // of the next listing; zero: at once
	listed time.Time // when the last one was complete
	fails  int       // listings in a row that failed
	token  string    // of the next page
	seen   map[string]bool
	before []string // the jobs that were known when it began; those that it does not find are gone
}

const (
	landEvery  = 24 * time.Hour   // how often a job that has not changed is landed again
	meetAfter  = 10 * time.Minute // the least time between listings because of a run of a job that nobody knows
	tagsSpread = time.Hour        // tags of jobs that were read together are read again over so long
)

// meet lists jobs sooner when a run of an unknown one was seen. The caller holds mu.
func (t *target) meet(name string, now time.Time) {
	if t.jobs[name] != nil || t.roll.listed.IsZero() {
		return
	}
	if soon := t.roll.listed.Add(meetAfter); soon.Before(t.roll.due) {
		t.roll.due = maxTime(soon, now)
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// nextListing picks the next page of the list of jobs. The caller holds mu.
func (t *target) nextListing(now time.Time) (unit, bool) {
	return unit{listing, t.listPage}, !t.held(getJobs, now) && !t.roll.due.After(now)
}

func (t *target) listPage(ctx context.Context) error {
	t.mu.Lock()
	if t.roll.seen == nil {
		t.roll.seen, t.roll.before = make(map[string]bool), slices.Sorted(maps.Keys(t.jobs))
	}
	token := t.roll.token
	t.mu.Unlock()
	var jobs []limnograph.Job
	var next string
	err := t.call(listing, getJobs, func() (err error) {
		jobs, next, err = t.Glue.Jobs(ctx, token)
		return err
	})
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.roll.fails++
		t.roll = inventory{fails: t.roll.fails, listed: t.roll.listed, due: now.Add(min(t.c.cfg.InventoryEvery, time.Minute<<min(t.roll.fails-1, 8)))}
		return nil
	}
	for _, j := range jobs {
		t.list(j, now)
	}
	if t.roll.token = next; next == "" || next == token {
		t.closeListing(now)
	}
	return nil
}

// list takes in one job of the list. The caller holds mu.
func (t *target) list(facts limnograph.Job, now time.Time) {
	if facts.JobName == "" || t.roll.seen[facts.JobName] {
		return
	}
	t.roll.seen[facts.JobName] = true
	facts.AccountID, facts.Region, facts.Exists = t.at.account, t.at.region, true
	facts = plausibleJob(facts, now)
	j := t.jobs[facts.JobName]
	if j == nil {
		j = t.newJob(facts.JobName, now)
		t.jobs[facts.JobName], t.budget.jobs = j, len(t.jobs)
	}
	if facts.Tags = j.facts.Tags; !j.facts.ModifiedAt.Equal(facts.ModifiedAt) {
		j.tagged = time.Time{}
	}
	j.facts = facts
	j.changed = digestOfJob(facts) != j.digest || now.Sub(j.landed) >= landEvery
}

// newJob begins with a job: what ran long before the target was collected is left to history. What ended just before
// that may have begun before.
func (t *target) newJob(name string, now time.Time) *job {
	const longest = 48 * time.Hour // the timeout of a job that does not set one
	return &job{mark: t.began.Add(-longest), due: now.Add(spread(name, t.c.cfg.SweepEvery))}
}

// closeListing ends a complete listing: what it has not found is gone. The caller holds mu.
func (t *target) closeListing(now time.Time) {
	for _, name := range t.roll.before {
		if !t.roll.seen[name] && t.jobs[name] != nil {
			t.gone = append(t.gone, limnograph.JobKey{AccountID: t.at.account, Region: t.at.region, JobName: name})
			delete(t.jobs, name)
		}
	}
	t.budget.jobs = len(t.jobs)
	if t.roll.listed.IsZero() {
		perHour, _ := t.budget.perHour()
		t.c.cfg.Logger.Info("jobs are listed and their runs are collected", "account", t.at.account, "region", t.at.region, "jobs", len(t.jobs), "calls_per_hour", perHour)
	}
	t.roll = inventory{due: now.Add(t.c.cfg.InventoryEvery), listed: now}
	t.c.dirty.Store(true)
}

// nextTags picks the job whose tags are read next. The caller holds mu.
func (t *target) nextTags(now time.Time) (unit, bool) {
	if t.c.cfg.NoTags || t.held(getTags, now) {
		return unit{}, false
	}
	var name string
	var at time.Time
	for each, j := range t.jobs {
		due := j.tagged
		if !due.IsZero() {
			due = due.Add(t.c.cfg.TagsEvery + spread(each, tagsSpread))
		}
		if due.After(now) || j.facts.JobName == "" {
			continue // not due, or not listed since the restart
		}
		if name == "" || cmp.Or(due.Compare(at), cmp.Compare(each, name)) < 0 {
			name, at = each, due
		}
	}
	return unit{listing, func(ctx context.Context) error { return t.readTags(ctx, name) }}, name != ""
}

// readTags reads the tags of one job. After a failure they are read again in an hour.
func (t *target) readTags(ctx context.Context, name string) error {
	var tags map[string]string
	err := t.call(listing, getTags, func() (err error) {
		tags, err = t.Glue.Tags(ctx, name)
		return err
	})
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	j := t.jobs[name]
	switch {
	case j == nil:
	case err != nil:
		j.tagged = now.Add(time.Hour - t.c.cfg.TagsEvery)
	default:
		j.tagged, j.facts.Tags = now, maps.Clone(tags)
		if j.facts.Tags == nil {
			j.facts.Tags = map[string]string{}
		}
		if digestOfJob(j.facts) != j.digest {
			j.facts.ObservedAt, j.changed = now.UTC(), true
		}
	}
	return nil
}

// landChangedJobs lands what is new of the inventory.
func (t *target) landChangedJobs(ctx context.Context) error {
	now := t.c.cfg.Now().UTC()
	t.mu.Lock()
	var news []limnograph.Job
	for _, key := range t.gone {
		news = append(news, limnograph.Job{JobKey: key, ObservedAt: now})
	}
	gone := len(t.gone)
	for _, name := range slices.Sorted(maps.Keys(t.jobs)) {
		if j := t.jobs[name]; j.changed {
			news = append(news, j.facts)
		}
	}
	t.mu.Unlock()
	if err := t.c.landJobs(ctx, news); err != nil || len(news) == 0 {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone = slices.Delete(t.gone, 0, gone)
	for _, landed := range news[gone:] {
		if j := t.jobs[landed.JobName]; j != nil {
			j.digest, j.landed, j.changed = digestOfJob(landed), now, false
		}
	}
	t.c.dirty.Store(true)
	return nil
}
