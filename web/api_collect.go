package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// maxCollect bounds the body of a call of the collector: an event has at most 256 KiB.
const maxCollect = 256 << 10

type collectInput struct {
	RawBody []byte
}

// collectOutput is what the collector answers, as JSON.
type collectOutput struct{ Body any }

// CollectorStatus is the answer of GET /api/v1/collector.
type CollectorStatus struct {
	Enabled bool `json:"enabled" doc:"whether this server collects runs"`
	Status  any  `json:"status" doc:"what its collector does; null without one"`
}

func (s *Server) registerCollect() {
	op := s.operation(http.MethodPost, "/collect", "collectRun", "Have one run collected now")
	op.Metadata[collectorsToo] = true
	op.MaxBodyBytes = maxCollect + 1 // the framework refuses what reaches it
	op.Description = "For orchestrators and rules of EventBridge: asks Glue about the run, records the answer and publishes what it is " +
		"set to publish. Safe to repeat. Needs the admin token or the collector's. The body is an object with jobName and jobRunId, and at " +
		"choice accountId and region, or an event about a Glue job run as EventBridge delivers it."
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
		Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{
			"jobName":   {Type: huma.TypeString, Description: "name of the job"},
			"jobRunId":  {Type: huma.TypeString, Description: "id of the run, which begins with jr_"},
			"accountId": {Type: huma.TypeString, Description: "account of the job; absent: the only one that has it"},
			"region":    {Type: huma.TypeString, Description: "Region of the job; absent: the only one that has it"},
		},
		AdditionalProperties: true,
	}}}}
	handle(s, op, func(ctx context.Context, in *collectInput) (*collectOutput, error) {
		if s.cfg.Collect == nil {
			return nil, refuse(http.StatusConflict, "this server collects no runs", "name the accounts whose runs it is to collect in its configuration")
		}
		result, err := s.cfg.Collect(ctx, principalOf(ctx), in.RawBody)
		if err != nil {
			return nil, err
		}
		return &collectOutput{Body: result}, nil
	})
	s.registerCollectorStatus()
}

func (s *Server) registerCollectorStatus() {
	type output struct{ Body CollectorStatus }
	op := s.operation(http.MethodGet, "/collector", "getCollector", "What the collector of runs does")
	handle(s, op, func(context.Context, *struct{}) (*output, error) {
		if s.cfg.CollectorStatus == nil {
			return &output{}, nil
		}
		return &output{Body: CollectorStatus{Enabled: true, Status: s.cfg.CollectorStatus()}}, nil
	})
}
