package web

import (
	"context"
	"net/http"
	"time"

	"limnograph"
	"limnograph/panel"
)

type loadInput struct {
	RangeParams
	FilterParams
	Conditional
}

type loadOutput struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         panel.LoadSeries
}

func (s *Server) registerLoad() {
	op := s.operation(http.MethodGet, "/load", "getLoad", "Executors at work, records read and runs over time")
	handle(s, op, func(ctx context.Context, in *loadInput) (*loadOutput, error) {
		l, err := s.loadRows(ctx, in.RangeParams)
		if err != nil {
			return nil, err
		}
		series := panel.BuildLoad(l.rows, l.from, l.to, l.step, in.filter())
		etag, err := unlessHeld(in.IfNoneMatch, series)
		if err != nil {
			return nil, err
		}
		return &loadOutput{ETag: etag, CacheControl: revalidate, Body: series}, nil
	})
}

type loadRows struct {
	from, to time.Time
	step     time.Duration
	rows     []panel.LoadRow
}

func (s *Server) loadRows(ctx context.Context, p RangeParams) (loadRows, error) {
	w, err := newWindow(p.From, p.To, s.cfg.Now())
	if err != nil {
		return loadRows{}, err
	}
	who, now := principalOf(ctx), s.fresh()
	return cached(ctx, s.results, "load|"+who.Name+"|"+w.key(), now.version, func(ctx context.Context) (loadRows, error) {
		from, to := w.at(s.cfg.Now())
		out := loadRows{from: from, to: to, step: panel.StepFor(to.Sub(from))}
		begin := from.Truncate(out.step)
		out.rows, err = s.askLoad(ctx, who, begin, to, out.step)
		return out, err
	})
}

// askLoad reads the load from datapoints, or makes it of run records.
func (s *Server) askLoad(ctx context.Context, who limnograph.Principal, from, to time.Time, step time.Duration) ([]panel.LoadRow, error) {
	params := map[string]any{"from": from, "to": to}
	span := limnograph.TimeRange{From: s.runsFrom(from), To: to}
	if s.cfg.Panels == panel.Flat {
		params["step"] = int64(step / time.Second)
		return askPanel(ctx, s, who, panel.Load, params, span, panel.ReadLoad)
	}
	runs, err := askPanel(ctx, s, who, panel.Load, params, span, panel.ReadLoadRuns)
	return panel.SpreadLoad(runs, from, to, step), err
}
