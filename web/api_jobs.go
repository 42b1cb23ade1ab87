package web

import (
	"context"
	"net/http"

	"limnograph/panel"
)

type jobsInput struct {
	FilterParams
	Conditional
	Limit     int    `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"jobs on a page"`
	PageToken string `query:"page_token" maxLength:"4096" doc:"next_page_token of the answer before"`
}

type jobsOutput struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         panel.Inventory
}

func (s *Server) registerJobs() {
	op := s.operation(http.MethodGet, "/jobs", "listJobs", "Every job of the inventory, with the reason when it has no metrics")
	op.Description = "Empty where no collector keeps an inventory."
	handle(s, op, func(ctx context.Context, in *jobsInput) (*jobsOutput, error) {
		who, now := principalOf(ctx), s.fresh()
		rows, err := cached(ctx, s.results, "jobs|"+who.Name, now.version, func(ctx context.Context) (inventory, error) {
			return s.inventory(ctx, who, now.version)
		})
		if err != nil {
			return nil, err
		}
		body, err := panel.BuildInventory(rows.jobs, rows.past, in.filter(), panel.Page{Limit: in.Limit, Token: in.PageToken})
		if err != nil {
			return nil, err
		}
		etag, err := unlessHeld(in.IfNoneMatch, body)
		if err != nil {
			return nil, err
		}
		return &jobsOutput{ETag: etag, CacheControl: revalidate, Body: body}, nil
	})
}
