package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/danielgtaylor/huma/v2"

	"limnograph"
	"limnograph/panel"
)

// RangeParams are the time range of a request.
type RangeParams struct {
	From time.Time `query:"from" doc:"start of the range, inclusive; without it 24 hours before the end"`
	To   time.Time `query:"to" doc:"end of the range, exclusive; without it now. A range that ends now goes on with the clock"`
}

// FilterParams narrow an answer to some jobs.
type FilterParams struct {
	Account string `query:"account" maxLength:"64" doc:"account id, exact"`
	Dataset string `query:"dataset" maxLength:"256" doc:"prefix of the dataset"`
	Job     string `query:"job" maxLength:"256" doc:"part of the job's name, in any case"`
}

func (f FilterParams) filter() panel.Filter {
	return panel.Filter{Account: f.Account, Dataset: f.Dataset, Job: f.Job}
}

// Conditional lets a client keep an answer: the same content is answered by 304.
type Conditional struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETag of the answer that the client holds"`
}

type fleetInput struct {
	RangeParams
	FilterParams
	Conditional
	Limit     int    `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"jobs on a page"`
	PageToken string `query:"page_token" maxLength:"4096" doc:"next_page_token of the answer before"`
}

type fleetOutput struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         panel.Fleet
}

func (s *Server) registerFleet() {
	op := s.operation(http.MethodGet, "/fleet", "getFleet", "Every job of a time range with its runs, ordered by need")
	handle(s, op, func(ctx context.Context, in *fleetInput) (*fleetOutput, error) {
		rows, err := s.fleetRows(ctx, in.RangeParams)
		if err != nil {
			return nil, err
		}
		fleet, err := panel.BuildFleet(rows.rows, rows.moment, in.filter(), panel.Page{Limit: in.Limit, Token: in.PageToken})
		if err != nil {
			return nil, err
		}
		fleet.Progress = s.cfg.Progress()
		etag, err := unlessHeld(in.IfNoneMatch, fleet)
		if err != nil {
			return nil, err
		}
		return &fleetOutput{ETag: etag, CacheControl: revalidate, Body: fleet}, nil
	})
}

// revalidate lets a browser keep an answer if it asks each time whether it still holds.
const revalidate = "private, no-cache"

// fleetRows is what the fleet's answers of one window are made of, whatever their filter.
type fleetRows struct {
	moment panel.Moment
	rows   panel.Rows
}

func (s *Server) fleetRows(ctx context.Context, p RangeParams) (fleetRows, error) {
	w, err := newWindow(p.From, p.To, s.cfg.Now())
	if err != nil {
		return fleetRows{}, err
	}
	who, now := principalOf(ctx), s.fresh()
	return cached(ctx, s.results, "fleet|"+who.Name+"|"+w.key(), now.version, func(ctx context.Context) (fleetRows, error) {
		m := w.moment(s.cfg.Now(), s.newestGlue(now), now.asOf)
		rows, err := s.askRuns(ctx, who, m)
		if err != nil {
			return fleetRows{}, err
		}
		jobs, err := s.inventory(ctx, who, now.version)
		return fleetRows{moment: m, rows: panel.Rows{Runs: rows, Jobs: jobs.jobs, Past: jobs.past}}, err
	})
}

// askRuns reads the runs from m.ReadFrom to m.To.
func (s *Server) askRuns(ctx context.Context, who limnograph.Principal, m panel.Moment) ([]panel.RunRow, error) {
	return askPanel(ctx, s, who, panel.Runs, map[string]any{"from": m.ReadFrom, "to": m.To},
		limnograph.TimeRange{From: s.runsFrom(m.ReadFrom), To: m.To}, panel.ReadRuns)
}

// runsFrom is where rows about runs that overlap a window from a time on may begin.
func (s *Server) runsFrom(from time.Time) time.Time {
	if s.cfg.Panels == panel.Flat {
		return from
	}
	return from.Add(-panel.MaxRun)
}

// askPanel runs a named panel and reads its rows. There are none where this server has no such panel, and before what it
// reads is published.
func askPanel[T any](ctx context.Context, s *Server, who limnograph.Principal, name string, params map[string]any,
	span limnograph.TimeRange, read func(limnograph.Rows) ([]T, error),
) (out []T, err error) {
	p, ok := s.panels[name]
	if !ok || s.lacks(p, s.cfg.Files()) {
		return nil, nil
	}
	q, err := p.Query(params, span)
	if err != nil {
		return nil, err
	}
	rows, err := s.cfg.Engine.Query(ctx, who, q)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = closeErr
		}
	}()
	return read(rows)
}

// unlessHeld returns the entity tag of an answer, or the 304 for a client that holds it.
func unlessHeld(ifNoneMatch string, body any) (etag string, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	etag = `"` + strconv.FormatUint(xxhash.Sum64(text), 16) + `"`
	if ifNoneMatch == "" || !matches(ifNoneMatch, etag) {
		return etag, nil
	}
	return "", huma.ErrorWithHeaders(&ErrorBody{status: http.StatusNotModified},
		http.Header{"ETag": {etag}, "Cache-Control": {revalidate}})
}
