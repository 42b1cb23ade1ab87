package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"limnograph"
	"limnograph/collector"
)

// Times of a search that a schedule has started: what of its time is kept for the state, and how long saving it may take.
const (
	collectMargin = 10 * time.Second
	saveWithin    = 5 * time.Second
)

// collecting is mode collect: it asks the Glue API about single runs, and looks for those that nobody has told of.
type collecting struct {
	runs   *collector.Collector // takes in events and calls; keeps no state but in memory
	state  *stateObject
	places map[string]bool // account/Region of each target
	// search makes a collector that goes on from the stored state: another container may have written it since. It may wait
	// so long for the budget of a target.
	search  func(patience time.Duration) (*collector.Collector, error)
	tally   *tally
	log     *slog.Logger
	metrics metrics
	now     func() time.Time
}

// handle takes in what the function is invoked with: an event of EventBridge, a call of an orchestrator, or a schedule's.
func (c *collecting) handle(ctx context.Context, body json.RawMessage) (any, error) {
	c.tally.reset()
	answer, err := c.dispatch(ctx, body)
	if err != nil {
		c.log.ErrorContext(ctx, "collecting failed", append(requestOf(ctx), failure(err)...)...)
		return nil, functionError(err)
	}
	return answer, nil
}

func (c *collecting) dispatch(ctx context.Context, body []byte) (any, error) {
	schedule, err := isSchedule(body)
	switch {
	case err != nil:
		return nil, err
	case schedule:
		return c.scheduled(ctx)
	}
	return c.one(ctx, body)
}

// one deals with one run.
func (c *collecting) one(ctx context.Context, body []byte) (collected, error) {
	started := c.now()
	work, cancel := inTime(ctx)
	defer cancel()
	outcome, err := c.runs.Handle(work, body)
	if err == nil {
		err = c.unfinished(outcome)
	}
	c.report(ctx, "job run collected", started, err, "job", outcome.Run.JobName, "run", outcome.Run.RunID, "state", outcome.Run.State)
	if err != nil {
		return collected{}, err
	}
	return collectedOf(outcome), nil
}

// unfinished makes an error of what a server would do a little later: here Lambda comes again with the same event.
func (c *collecting) unfinished(o collector.Outcome) error {
	if o.Note == "" || !c.places[o.Run.AccountID+"/"+o.Run.Region] {
		return nil
	}
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "collect job run", Message: o.Note, Hint: "nothing: Lambda tries an event twice more, and a search finds the run after that",
	}
}

// scheduled looks for runs and jobs, and says what it did for who starts it by hand.
func (c *collecting) scheduled(ctx context.Context) (searched, error) {
	started := c.now()
	work, cancel := c.inTime(ctx)
	defer cancel()
	err := c.tick(work)
	complete := work.Err() == nil
	c.report(ctx, "searched for job runs", started, err, "complete", complete)
	calls, records, points := c.tally.read()
	return searched{Calls: calls, Records: records, Metrics: points, Complete: complete}, err
}

// tick searches once. Running out of time is no error: the next search goes on where this one ended. What only a person can
// mend is one, though the collector itself goes on beside it: nobody looks at the state of a function.
func (c *collecting) tick(ctx context.Context) error {
	search, err := c.search(c.patience(ctx))
	if err != nil {
		return err
	}
	err = search.Tick(ctx)
	if ctx.Err() != nil {
		err = c.state.failure()
	}
	return errors.Join(err, refusals(search.Status()))
}

func refusals(s collector.Status) (err error) {
	for _, t := range s.Targets {
		for _, p := range t.Problems {
			if p.Code == limnograph.CodeForbidden || p.Code == limnograph.CodeUnauthorized {
				err = errors.Join(err, &limnograph.Error{
					Code: p.Code, Op: "search for job runs", Message: t.AccountID + " in " + t.Region + ": " + p.Message, Hint: p.Remedy,
				})
			}
		}
	}
	return err
}

// inTime ends a search early enough to save its state.
func (c *collecting) inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-collectMargin))
	}
	return context.WithCancel(ctx)
}

// patience is each target's share of the time that is left.
func (c *collecting) patience(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return time.Minute
	}
	return max(0, deadline.Sub(c.now())/time.Duration(max(len(c.places), 1))-time.Second)
}

// isSchedule recognizes the event of a schedule: our own, or EventBridge's when the rule has no input of its own. Errors:
// CodeInvalid (another mode).
func isSchedule(body []byte) (bool, error) {
	var shape struct {
		Mode       *string `json:"mode"`
		DetailType string  `json:"detail-type"`
	}
	_ = json.Unmarshal(body, &shape) // the collector says what is wrong with what is no object
	switch {
	case shape.Mode == nil:
		return shape.DetailType == "Scheduled Event", nil
	case *shape.Mode == "schedule":
		return true, nil
	}
	return false, &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "read invocation", Message: `"mode" is not "schedule"`,
		Hint: `send {"mode": "schedule"} to search, or {"jobName": "orders", "jobRunId": "jr_0123"} to collect one run`,
	}
}

// functionError is what the caller of the function sees: a type to tell errors apart by, such as limno.not_found, and words.
func functionError(err error) error {
	return messages.InvokeResponse_Error{Type: "limno." + string(limnograph.ErrorCode(err)), Message: err.Error()}
}
