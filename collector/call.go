package collector

import (
	"context"
	"time"

	"limnograph"
)

// The operations of AWS that are called.
const (
	getRun    = "GetJobRun"
	getRuns   = "GetJobRuns"
	getJobs   = "GetJobs"
	getTags   = "GetTags"
	putMetric = "PutMetricData"
)

// actionOf names the permission that an operation needs.
func actionOf(operation string) string {
	if operation == putMetric {
		return "cloudwatch:PutMetricData on namespace Glue"
	}
	return "glue:" + operation
}

// The pause after a refusal that only a person can lift: it doubles with each one.
const (
	refusedPause  = time.Minute
	refusedAtMost = 15 * time.Minute
)

// Problem is what keeps an operation from working.
type Problem struct {
	Operation string          `json:"operation"` // such as GetJobRuns
	Code      limnograph.Code `json:"code"`
	Message   string          `json:"message"`
	Remedy    string          `json:"remedy"`
	Since     time.Time       `json:"since"`
	Last      time.Time       `json:"last"`
	Times     int             `json:"times"`
	Until     time.Time       `json:"until"` // not before then it is tried again, but for direct calls; zero: at any time
}

// call makes one call to Glue, counts it and notes what came of it.
func (t *target) call(c class, operation string, do func() error) error {
	err := do()
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(c, operation, err)
	switch code := limnograph.ErrorCode(err); code {
	case limnograph.CodeUnavailable, limnograph.CodeTimeout:
		t.budget.throttled(now)
		t.problem(operation, err, now)
	case "", limnograph.CodeNotFound:
		delete(t.problems, operation)
	default:
		t.problem(operation, err, now)
	}
	return err
}

// count counts the requests that a call took. The first one was taken from the budget before.
func (t *target) count(c class, operation string, err error) {
	requests := int64(1)
	if t.Requests != nil {
		total := t.Requests()
		requests, t.requests = total-t.requests, total
	}
	t.budget.spend(c, int(requests)-1)
	if err != nil && c == sweep {
		t.budget.credit-- // it will be repeated
	}
	t.calls[operation] += requests
	t.c.metrics.calls.WithLabelValues(t.at.account, t.at.region, operation).Add(float64(requests))
	if err != nil {
		t.c.metrics.failed.WithLabelValues(t.at.account, t.at.region, operation, string(limnograph.ErrorCode(err))).Inc()
	}
}

// problem notes a failure. The caller holds mu.
func (t *target) problem(operation string, err error, now time.Time) {
	p := t.problems[operation]
	if p == nil {
		p = &Problem{Operation: operation, Since: now}
		t.problems[operation] = p
		t.c.cfg.Logger.Warn("calling AWS failed", "account", t.at.account, "region", t.at.region, "operation", operation, "code", limnograph.ErrorCode(err))
	}
	p.Code, p.Message, p.Last, p.Times = limnograph.ErrorCode(err), err.Error(), now, p.Times+1
	p.Remedy = remedy(operation, p.Code)
	if p.Code == limnograph.CodeForbidden || p.Code == limnograph.CodeUnauthorized {
		p.Until = now.Add(min(refusedAtMost, refusedPause<<min(p.Times-1, 8)))
	}
}

func remedy(operation string, code limnograph.Code) string {
	switch code {
	case limnograph.CodeForbidden:
		return "allow " + actionOf(operation) + " to the role of this account"
	case limnograph.CodeUnauthorized:
		return "renew the credentials; check the trust of the role and its external id"
	case limnograph.CodeUnavailable, limnograph.CodeTimeout:
		return "nothing: it is tried again, at a lower rate"
	}
	return "see the message"
}

// held reports whether an operation rests because it was refused. The caller holds mu.
func (t *target) held(operation string, now time.Time) bool {
	p := t.problems[operation]
	return p != nil && now.Before(p.Until)
}

// admit takes a call from the budget, and waits for it until a time.
func (t *target) admit(ctx context.Context, c class, until time.Time) bool {
	for {
		now := t.c.cfg.Now()
		t.mu.Lock()
		wait, ok := t.budget.take(now, c)
		t.mu.Unlock()
		if ok || now.Add(wait).After(until) {
			return ok
		}
		if t.c.cfg.Sleep(ctx, wait) != nil {
			return false
		}
	}
}
