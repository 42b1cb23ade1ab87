package collector

import (
	"context"

	"limnograph"
)

// Event takes in an event of EventBridge about a run: what it says is durable when Event returns, and when the run has
// ended, the API is asked about it. An event that was taken in before changes nothing, and one about a run whose end the
// API has told is passed over. Where the API gives no answer the event counts all the same, with a note: the run is asked
// about again later. Errors: CodeInvalid (no event about a run), CodeTooLarge, CodeTimeout, and those of landing.
func (c *Collector) Event(ctx context.Context, body []byte) (Outcome, error) {
	r, ok, err := ParseEvent(body)
	if err != nil {
		return Outcome{}, err
	}
	if !ok {
		return Outcome{}, invalid(opEvent, "the event is not about a job run", `let the rule match the detail types "Glue Job State Change" and "Glue Job Run Status" alone`)
	}
	unlock, err := c.locks.lock(ctx, idOf(r.RunKey))
	if err != nil {
		return Outcome{}, &limnograph.Error{Code: limnograph.CodeTimeout, Op: opEvent, Message: "the run is being asked about by another call", Err: err}
	}
	defer unlock()
	return c.deliver(ctx, r)
}

// deliver takes in what an event says. The caller holds the lock of the run.
func (c *Collector) deliver(ctx context.Context, r limnograph.JobRun) (Outcome, error) {
	r = plausible(r, c.cfg.Now())
	k, _ := c.memory.get(idOf(r.RunKey))
	if k.ended != 0 && r.State.IsTerminal() {
		c.metrics.events.WithLabelValues("repeated").Inc()
		return outcomeOf(r, 0, false), nil
	}
	out, err := c.landEvent(ctx, r, k)
	if err != nil || k.ended != 0 || !r.State.IsTerminal() {
		return out, err
	}
	t := c.byPlace[placeOf(r.JobKey)]
	if t == nil {
		out.Note = "the event is kept; account and Region are not among the targets, so the API is not asked about the run"
		return out, nil
	}
	return t.askEnded(ctx, r.RunKey, out)
}

// landEvent lands what an event says, unless it landed before.
func (c *Collector) landEvent(ctx context.Context, r limnograph.JobRun, k known) (Outcome, error) {
	digest := digestOf(r)
	if k.event == digest {
		c.metrics.events.WithLabelValues("repeated").Inc()
		return outcomeOf(r, 0, false), nil
	}
	if err := c.landRuns(ctx, []limnograph.JobRun{r}); err != nil {
		return Outcome{}, err
	}
	c.memory.update(idOf(r.RunKey), func(k *known) { k.event = digest })
	c.metrics.events.WithLabelValues("landed").Inc()
	return outcomeOf(r, 1, false), nil
}

// askEnded asks about a run that an event says has ended. What the budget or Glue do not allow now is made good later.
func (t *target) askEnded(ctx context.Context, key limnograph.RunKey, out Outcome) (Outcome, error) {
	claimed, told := t.claimEnd(key)
	if !claimed && !told {
		out.Note = "the event is kept; the API is asked about the run later"
	}
	if !claimed {
		return out, nil
	}
	defer t.release(key)
	if !t.admit(ctx, final, t.c.cfg.Now()) {
		out.Note = "the event is kept; the API is asked about the run when the budget of calls allows it"
		return out, nil
	}
	asking, stop := context.WithTimeout(ctx, t.c.cfg.EventPatience)
	defer stop()
	run, landed, err := t.ask(asking, key, final)
	switch {
	case isAnswer(err) || err != nil && asking.Err() != nil && ctx.Err() == nil:
		out.Note = "the event is kept; the API gave no answer and is asked again later: " + string(limnograph.ErrorCode(err))
		return out, nil
	case err != nil:
		return Outcome{}, err
	case !run.State.IsTerminal():
		out.Note = "the API does not know the end of the run yet and is asked again later"
	default:
		t.publish(asking)
	}
	asked := outcomeOf(run, out.Landed+landed, true)
	asked.Note = out.Note
	return asked, nil
}

// claimEnd notes that a run is said to have ended, and claims it when it may be asked about now: nobody else asks about
// it then. told means that there is nothing left to ask.
func (t *target) claimEnd(key limnograph.RunKey) (claimed, told bool) {
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hasEnded(key) {
		return false, true
	}
	w := t.watchRun(key, now)
	if w == nil {
		return false, false
	}
	w.ended = true
	t.c.dirty.Store(true)
	_, _, _, due := w.due(now, t.c.cfg.QuietAfter)
	w.busy = w.busy || due && !t.held(getRun, now)
	return due && w.busy, false
}

// release lets others ask about a run.
func (t *target) release(key limnograph.RunKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w := t.watch[key]; w != nil {
		w.busy = false
	}
}
