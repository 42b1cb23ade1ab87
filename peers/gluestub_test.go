//go:build peers

package peers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// STUB: until simulator/glueapi is there.
type glueStub struct {
	mu   sync.Mutex
	runs map[string]*stubRun
}
type stubRun struct {
	job, end string
	polls    int
}

func newGlueStub() http.Handler { return &glueStub{runs: map[string]*stubRun{}} }

func (g *glueStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var in struct {
		JobName, RunId string
		Arguments      map[string]string
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	var out any
	switch r.Header.Get("X-Amz-Target") {
	case "AWSGlue.GetJob":
		out = map[string]any{"Job": map[string]any{"Name": in.JobName}}
	case "AWSGlue.StartJobRun":
		id := fmt.Sprintf("jr_%064x", len(g.runs)+1)
		g.runs[id] = &stubRun{job: in.JobName, end: in.Arguments["--end_state"]}
		out = map[string]any{"JobRunId": id}
	case "AWSGlue.GetJobRun":
		run := g.runs[in.RunId]
		state := "RUNNING"
		if run.polls++; run.polls > 1 {
			state = run.end
		}
		o := map[string]any{"Id": in.RunId, "JobName": run.job, "JobRunState": state, "StartedOn": float64(time.Now().UnixMilli()) / 1000}
		if state == "FAILED" {
			o["ErrorMessage"] = "boom {'x'}"
		}
		out = map[string]any{"JobRun": o}
	default:
		w.WriteHeader(400)
		out = map[string]string{"__type": "X", "Message": r.Header.Get("X-Amz-Target")}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(out)
}
