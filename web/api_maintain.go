package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"limnograph"
)

// Maintenance is one verification or rebuild that is asked for.
type Maintenance struct {
	Table    string               // empty: all
	Range    limnograph.TimeRange // of datapoint timestamps; a zero end is open
	Progress func(MaintenanceProgress)
}

// MaintenanceProgress says how far it is.
type MaintenanceProgress struct {
	Table string `json:"table"`
	Doing string `json:"doing"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
}

// Maintainer does it, for a principal. The result is answered as JSON.
type Maintainer func(ctx context.Context, p limnograph.Principal, m Maintenance) (result any, err error)

// maintainBody is the body of POST /api/v1/verify and /api/v1/rebuild.
type maintainBody struct {
	Table string    `json:"table,omitempty" maxLength:"128" doc:"curated table; absent: all"`
	From  time.Time `json:"from,omitempty" doc:"datapoints at and after this time; absent: from the first"`
	To    time.Time `json:"to,omitempty" doc:"datapoints before this time; absent: to the last"`
}

// maintainLine is one line of the answer.
type maintainLine struct {
	Progress *MaintenanceProgress `json:"progress,omitempty"`
	Result   any                  `json:"result,omitempty"`
	Error    *ErrorBody           `json:"error,omitempty"`
}

type maintainInput struct{ Body maintainBody }

const maintainAnswer = " The answer is one JSON object a line: {\"progress\": {table, doing, done, total}} about once a second, and at the end " +
	"{\"result\": ...} or {\"error\": ErrorBody}. Closing the connection stops the work. One such work goes on at a time."

func (s *Server) registerMaintenance() {
	busy := new(sync.Mutex)
	verify := s.operation(http.MethodPost, "/verify", "verifyTables", "Compare curated tables with landing")
	s.maintain(verify, s.cfg.Verify, busy, "Changes nothing.")
	rebuild := s.operation(http.MethodPost, "/rebuild", "rebuildTables", "Make curated tables anew from landing")
	s.maintain(rebuild, s.cfg.Rebuild, busy, "An interrupted rebuild of the same range goes on where it was.")
}

func (s *Server) maintain(op huma.Operation, do Maintainer, busy *sync.Mutex, about string) {
	op = admin(op)
	op.Description += " " + about + maintainAnswer
	op.Responses["200"] = &huma.Response{Description: "How far it is, and the result", Content: map[string]*huma.MediaType{
		typeNDJSON: {Schema: &huma.Schema{Type: "string"}},
	}}
	huma.Register(s.api, op, func(ctx context.Context, in *maintainInput) (*huma.StreamResponse, error) {
		if do == nil {
			return nil, s.fail(ctx, refuse(http.StatusConflict, "this server has no curated tables of its own", cmp.Or(s.cfg.MaintainHint, "ask a server that was started with `limno serve`")))
		}
		if !busy.TryLock() {
			return nil, s.fail(ctx, refuse(http.StatusConflict, "a verification or rebuild is under way", "wait until it has ended"))
		}
		who := principalOf(ctx)
		m := Maintenance{Table: in.Body.Table, Range: limnograph.TimeRange{From: in.Body.From, To: in.Body.To}}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			defer busy.Unlock()
			r, w := humago.Unwrap(hc)
			s.streamMaintenance(w, r, who, do, m)
		}}, nil
	})
}

// streamMaintenance does the work and tells about it. What fails before the first line has a status of its own.
func (s *Server) streamMaintenance(w http.ResponseWriter, r *http.Request, who limnograph.Principal, do Maintainer, m Maintenance) {
	out := &lineWriter{slowWriter: newSlowWriter(w)}
	w.Header().Set("Content-Type", typeNDJSON)
	last := s.cfg.Now()
	m.Progress = func(p MaintenanceProgress) {
		if now := s.cfg.Now(); now.Sub(last) >= progressEvery {
			last = now
			out.line(maintainLine{Progress: &p})
		}
	}
	result, err := do(r.Context(), who, m)
	switch {
	case err == nil:
		out.line(maintainLine{Result: result})
	case !out.begun:
		s.writeError(w, r, err)
	default:
		body := bodyOf(err)
		s.log.WarnContext(r.Context(), "maintenance of tables failed", "error", err)
		out.line(maintainLine{Error: body})
	}
}

// progressEvery is how often the answer says how far the work is.
const progressEvery = time.Second

// lineWriter sends each line at once. A client that has left is told nothing more: its work ends with its request.
type lineWriter struct{ *slowWriter }

func (l *lineWriter) line(v maintainLine) {
	if err := json.NewEncoder(l).Encode(v); err != nil {
		return
	}
	if l.Flush() == nil {
		_ = http.NewResponseController(l.w).Flush() // not every connection can
	}
}
