package web

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// Status is the answer of GET /api/v1/status.
type Status struct {
	Version         string             `json:"version"`
	AsOf            *time.Time         `json:"as_of" doc:"arrival of the newest published delivery"`
	NewestDatapoint *time.Time         `json:"newest_datapoint" doc:"of the Glue metrics"`
	FileSet         uint64             `json:"file_set" doc:"version of what readers see; grows with every published change"`
	Tables          []TableStatus      `json:"tables" nullable:"false"`
	Progress        *Progress          `json:"progress"`
	WaitsFor        string             `json:"waits_for" doc:"what has to happen before there is data, where nothing is delivered to this server; else empty"`
	Counters        map[string]float64 `json:"counters" doc:"the server's own counters, summed over their labels"`
}

// TableStatus is the size of one published table.
type TableStatus struct {
	Table           string     `json:"table"`
	Namespace       string     `json:"namespace" doc:"CloudWatch namespace; empty for the table that takes the others"`
	Files           int        `json:"files"`
	Lines           int64      `json:"lines" doc:"of a raw table: datapoints as delivered, repeated ones included; of a curated table: its rows"`
	Bytes           int64      `json:"bytes" doc:"compressed"`
	NewestDatapoint *time.Time `json:"newest_datapoint"`
}

func (s *Server) registerStatus() {
	type output struct {
		Body Status
	}
	op := s.operation(http.MethodGet, "/status", "getStatus", "What the server holds and how fresh it is")
	handle(s, op, func(context.Context, *struct{}) (*output, error) {
		counters, err := s.counters()
		if err != nil {
			return nil, err
		}
		out := Status{Version: s.cfg.Version, Progress: s.cfg.Progress(), WaitsFor: s.cfg.WaitsFor, Counters: counters}
		out.Tables = s.tableStatus()
		now := s.fresh()
		out.FileSet, out.AsOf, out.NewestDatapoint = now.version, optional(now.asOf), optional(s.newestGlue(now))
		return &output{Body: out}, nil
	})
}

func (s *Server) fresh() fresh { return s.freshness.look(s.cfg.Files()) }

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Server) tableStatus() []TableStatus {
	out := []TableStatus{}
	files := s.cfg.Files()
	if files == nil {
		return out
	}
	newest := s.freshness.look(files).newest
	for _, t := range files.Tables {
		if t.Snapshot != nil {
			row := TableStatus{Table: t.Schema.Table, Namespace: t.Schema.Namespace, Files: len(t.Snapshot.Files)}
			for _, f := range t.Snapshot.Files {
				row.Lines += f.Rows
				row.Bytes += f.Size
			}
			out = append(out, row)
		}
		if t.Schema.Records != nil {
			continue
		}
		row := TableStatus{Table: t.Schema.RawTable(), Namespace: t.Schema.Namespace, Files: len(t.Files)}
		for _, f := range t.Files {
			row.Lines += f.Lines
			row.Bytes += f.Size
		}
		out = append(out, row)
	}
	for i := range out {
		out[i].NewestDatapoint = optional(newest[out[i].Table])
	}
	return out
}

// counters reads the product's own counters from the registry.
func (s *Server) counters() (map[string]float64, error) {
	families, err := s.cfg.Registry.Gather()
	if err != nil {
		return nil, err
	}
	out := make(map[string]float64)
	for _, f := range families {
		if f.GetType().String() != "COUNTER" || !strings.HasPrefix(f.GetName(), "limno_") {
			continue
		}
		for _, m := range f.GetMetric() {
			out[f.GetName()] += m.GetCounter().GetValue()
		}
	}
	return out, nil
}
