package web

import (
	"context"
	"net/http"
	"time"

	"limnograph"
)

// Tables is the answer of GET /api/v1/tables.
type Tables struct {
	Tables []Table `json:"tables" nullable:"false"`
}

// Table is one published name.
type Table struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind" enum:"table,view"`
	Namespace string   `json:"namespace" doc:"CloudWatch namespace; empty for the table that takes the others, and for those of jobs and runs"`
	Columns   []Column `json:"columns" nullable:"false"`
}

// Column is a column of a table or a result. Type is the engine's name for it.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func (s *Server) registerTables() {
	type output struct{ Body Tables }
	op := s.operation(http.MethodGet, "/tables", "listTables", "The published tables and views with their columns")
	handle(s, op, func(ctx context.Context, _ *struct{}) (*output, error) {
		who, now := principalOf(ctx), s.fresh()
		tables, err := cached(ctx, s.results, "tables|"+who.Name, now.version, func(ctx context.Context) (Tables, error) {
			return s.describeTables(ctx, who)
		})
		if err != nil {
			return nil, err
		}
		return &output{Body: tables}, nil
	})
}

func (s *Server) describeTables(ctx context.Context, who limnograph.Principal) (Tables, error) {
	out := Tables{Tables: []Table{}}
	files := s.cfg.Files()
	if files == nil {
		return out, nil
	}
	for _, t := range files.Tables {
		for _, table := range namesOf(t) {
			columns, err := s.describe(ctx, who, table.Name)
			if err != nil {
				return Tables{}, err
			}
			table.Columns = columns
			out.Tables = append(out.Tables, table)
		}
	}
	return out, nil
}

// namesOf lists the published names of a table, without their columns.
func namesOf(t limnograph.TableFiles) (names []Table) {
	if t.Snapshot != nil {
		names = append(names, Table{Name: t.Schema.Table, Kind: "table", Namespace: t.Schema.Namespace})
	}
	if t.Schema.Records != nil {
		return names
	}
	if t.Schema.Records != nil {
		return names
	}
	return append(names,
		Table{Name: t.Schema.RawTable(), Kind: "table", Namespace: t.Schema.Namespace},
		Table{Name: t.Schema.FlatView(), Kind: "view", Namespace: t.Schema.Namespace})
}

// describe asks for no rows, in a range that holds no file.
func (s *Server) describe(ctx context.Context, who limnograph.Principal, name string) ([]Column, error) {
	never := limnograph.TimeRange{From: time.UnixMilli(1), To: time.UnixMilli(2)}
	rows, err := s.cfg.Engine.Query(ctx, who, limnograph.Query{Name: "tables", SQL: "SELECT * FROM " + name + " WHERE false", Range: never})
	if err != nil {
		return nil, err
	}
	columns := columnsOf(rows)
	return columns, rows.Close()
}

func columnsOf(rows limnograph.Rows) []Column {
	out := make([]Column, 0, len(rows.Columns()))
	for _, c := range rows.Columns() {
		out = append(out, Column(c))
	}
	return out
}
