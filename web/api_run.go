package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"limnograph"
	"limnograph/panel"
)

// runLookback is where a run is looked for when the request names no range: longer than any run lasts.
const runLookback = 7 * 24 * time.Hour

type runInput struct {
	RunID   string `path:"run_id" minLength:"1" maxLength:"256"`
	Account string `query:"account" required:"true" minLength:"1" maxLength:"64" doc:"account id of the job"`
	Job     string `query:"job" required:"true" minLength:"1" maxLength:"256" doc:"job name, exact"`
	RangeParams
	Conditional
}

type runOutput struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         panel.RunDetail
}

func (s *Server) registerRun() {
	op := s.operation(http.MethodGet, "/runs/{run_id}", "getRun", "One run: what is known of it, and its minutes")
	op.Description = "Pass the run's start and end as from and to when they are known: less has to be read. " +
		"Without them the last 7 days are searched."
	handle(s, op, func(ctx context.Context, in *runInput) (*runOutput, error) {
		detail, err := s.runDetail(ctx, in)
		if err != nil {
			return nil, err
		}
		etag, err := unlessHeld(in.IfNoneMatch, detail)
		if err != nil {
			return nil, err
		}
		return &runOutput{ETag: etag, CacheControl: revalidate, Body: detail}, nil
	})
}

func (s *Server) runDetail(ctx context.Context, in *runInput) (panel.RunDetail, error) {
	span, err := runSpan(in.From, in.To, s.cfg.Now())
	if err != nil {
		return panel.RunDetail{}, err
	}
	who, now := principalOf(ctx), s.fresh()
	key := strings.Join([]string{"run", who.Name, span.From.String(), span.To.String(), in.Account, in.Job, in.RunID}, "|")
	return cached(ctx, s.results, key, now.version, func(ctx context.Context) (panel.RunDetail, error) {
		params := map[string]any{"from": span.From, "to": span.To, "account": in.Account, "job": in.Job, "run": in.RunID}
		rows, err := askPanel(ctx, s, who, panel.RunSeries, params, span, panel.ReadRunSeries)
		if err != nil {
			return panel.RunDetail{}, err
		}
		facts, err := s.runFacts(ctx, who, params, span, now)
		if err != nil {
			return panel.RunDetail{}, err
		}
		return panel.BuildRunDetail(rows, facts, in.Account, in.Job, in.RunID)
	})
}

// runFacts reads the record of a run; nil when there is none.
func (s *Server) runFacts(ctx context.Context, who limnograph.Principal, params map[string]any, span limnograph.TimeRange, now fresh) (*panel.RunFacts, error) {
	rows, err := askPanel(ctx, s, who, panel.OneRun, params, limnograph.TimeRange{From: s.runsFrom(span.From), To: span.To}, panel.ReadRuns)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	m := panel.Moment{AsOf: now.asOf, NewestDatapoint: s.newestGlue(now), ReadFrom: span.From, From: span.From, To: span.To}
	facts := panel.BuildRunFacts(rows[0], m)
	return &facts, nil
}

// runSpan is the range in which a run is read: exactly what is asked for, widened to whole minutes. Unlike a window it
// does not move with the clock, which would cut off the run's beginning.
func runSpan(from, to, now time.Time) (limnograph.TimeRange, error) {
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-runLookback)
	}
	if err := checkSpan(to.Sub(from)); err != nil {
		return limnograph.TimeRange{}, err
	}
	return limnograph.TimeRange{From: from.UTC().Truncate(time.Minute), To: ceilMinute(to)}, nil
}
