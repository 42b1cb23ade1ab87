package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"limnograph"
)

const opCollect = "collect job run"

// Outcome is what came of a call or an event.
type Outcome struct {
	Run    limnograph.JobRun // what is known of the run; without its error text, which has readers of its own
	Asked  bool              // the API has answered about it, now
	Landed int               // records that landed now; 0: it said nothing new
	Note   string            // in words: what is still to come; "": nothing
}

// Collect asks the API about a run, lands the answer, and publishes its custom metrics when it has ended. It can be
// repeated: then nothing changes. Errors: CodeInvalid (a name is missing or is none), CodeNotFound (target, job or run),
// CodeForbidden, CodeUnavailable and CodeTimeout (of the API: the run is asked about again later when it is known whose it
// is), and those of landing.
func (c *Collector) Collect(ctx context.Context, req Request) (Outcome, error) {
	if err := req.check(); err != nil {
		return Outcome{}, err
	}
	likely, others := c.candidates(req)
	if len(likely)+len(others) == 0 {
		return Outcome{}, &limnograph.Error{
			Code: limnograph.CodeNotFound, Op: opCollect, Message: "no account and Region that is collected has accountId " + quoted(req.AccountID) + " and region " + quoted(req.Region) + ": " + c.collected(),
			Hint: "add it to the targets of the collector, or correct the request",
		}
	}
	out, err := collectFrom(ctx, likely, req)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound && len(others) > 0 {
		out, err = collectFrom(ctx, others, req) // the inventory may be behind
	}
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return Outcome{}, notFound(req, append(likely, others...))
	}
	return out, err
}

// collectFrom asks one target after the other until one has the run. Without a target it is not found.
func collectFrom(ctx context.Context, targets []*target, req Request) (Outcome, error) {
	missed := error(&limnograph.Error{Code: limnograph.CodeNotFound})
	for _, t := range targets {
		out, err := t.collect(ctx, req, len(targets) == 1)
		if err == nil {
			return out, nil
		}
		if limnograph.ErrorCode(missed) == limnograph.CodeNotFound {
			missed = err
		}
	}
	return Outcome{}, missed
}

func quoted(s string) string {
	if s == "" {
		return "(any)"
	}
	return s
}

func notFound(req Request, asked []*target) error {
	var places []string
	for _, t := range asked {
		places = append(places, t.at.String())
	}
	return &limnograph.Error{
		Code: limnograph.CodeNotFound, Op: opCollect,
		Message: fmt.Sprintf("Glue knows no run %.80q of a job %.80q in %s", req.RunID, req.JobName, strings.Join(places, ", ")),
		Hint:    "check job name and run id, and accountId and region where the job is in more than one",
	}
}

// candidates returns the targets that may have the run: those whose inventory knows the job, and the others.
func (c *Collector) candidates(req Request) (likely, others []*target) {
	for _, t := range c.targets {
		switch {
		case req.AccountID != "" && req.AccountID != t.at.account, req.Region != "" && req.Region != t.at.region:
		case t.hasJob(req.JobName):
			likely = append(likely, t)
		default:
			others = append(others, t)
		}
	}
	return likely, others
}

func (t *target) hasJob(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.jobs[name] != nil
}

// collect asks one target. When it is certain that the run is there, it is asked again by itself after a failure.
func (t *target) collect(ctx context.Context, req Request, certain bool) (Outcome, error) {
	key := limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: t.at.account, Region: t.at.region, JobName: req.JobName}, RunID: req.RunID}
	unlock, err := t.c.locks.lock(ctx, idOf(key))
	if err != nil {
		return Outcome{}, &limnograph.Error{Code: limnograph.CodeTimeout, Op: opCollect, Message: "the run is being asked about by another call", Err: err}
	}
	defer unlock()
	if !t.admit(ctx, direct, t.c.cfg.Now()) {
		return Outcome{}, &limnograph.Error{Code: limnograph.CodeUnavailable, Op: opCollect, Message: "too many calls at once for " + t.at.String(), Hint: "try again in a minute"}
	}
	run, landed, err := t.ask(ctx, key, direct)
	if err != nil {
		return Outcome{}, t.missed(key, err, certain)
	}
	if run.State.IsTerminal() {
		t.publish(ctx)
	}
	return outcomeOf(run, landed, true), nil
}

// missed keeps a run in view that Glue could not tell about now, and returns the error for the caller.
func (t *target) missed(key limnograph.RunKey, err error, certain bool) error {
	if !isAnswer(err) {
		return err
	}
	err = errors.Unwrap(err)
	code := limnograph.ErrorCode(err)
	if certain && code != limnograph.CodeNotFound && code != limnograph.CodeInvalid {
		t.expectEnd(key, err)
	}
	return err
}

// expectEnd has a run asked about until it has ended, or the sweep takes over.
func (t *target) expectEnd(key limnograph.RunKey, failed error) {
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.watchRun(key, now)
	if w == nil {
		return
	}
	w.ended = true
	t.c.dirty.Store(true)
	if w.fails == 0 {
		w.failed(failed, now)
	}
}

func outcomeOf(r limnograph.JobRun, landed int, asked bool) Outcome {
	r.ErrorMessage = ""
	return Outcome{Run: r, Landed: landed, Asked: asked}
}

// Handle takes in what an HTTP request or an invocation carries: a direct call, or an event of EventBridge. Errors: those
// of Collect and Event.
func (c *Collector) Handle(ctx context.Context, body []byte) (Outcome, error) {
	var shape struct {
		DetailType *json.RawMessage `json:"detail-type"`
	}
	if len(body) <= maxBody && json.Unmarshal(body, &shape) == nil && shape.DetailType != nil {
		return c.Event(ctx, body)
	}
	req, err := ParseRequest(body)
	if err != nil {
		return Outcome{}, err
	}
	return c.Collect(ctx, req)
}

// collected tells how many accounts and Regions are collected.
func (c *Collector) collected() string {
	if len(c.targets) == 0 {
		return "none is configured (collector.accounts)"
	}
	return fmt.Sprintf("%d others are", len(c.targets))
}
