package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"limnograph"
)

// queryBody is the body of POST /api/v1/query.
type queryBody struct {
	SQL     string `json:"sql" minLength:"1" maxLength:"100000" doc:"one SELECT over the published names"`
	Format  string `json:"format,omitempty" enum:"json,ndjson,csv,parquet" default:"json"`
	MaxRows int64  `json:"max_rows,omitempty" minimum:"0" doc:"rows to answer at most; 0 or absent: all. Not for parquet: use LIMIT"`
}

// QueryResult is the JSON answer of POST /api/v1/query.
type QueryResult struct {
	Columns   []Column `json:"columns" nullable:"false"`
	Rows      [][]any  `json:"rows" nullable:"false" doc:"values in the order of the columns; a big integer or decimal comes as text"`
	Truncated bool     `json:"truncated" doc:"max_rows cut the answer"`
}

type queryInput struct{ Body queryBody }

func (s *Server) registerQuery() {
	op := admin(s.operation(http.MethodPost, "/query", "query", "Run one SELECT over the published tables"))
	op.Description += " The answer streams: csv has a header line (RFC 4180, NULL is empty, an empty text is quoted), ndjson one object " +
		"a line, parquet is one file. An answer that breaks off failed on the way: its connection is cut."
	op.Responses["200"] = s.queryResponse()
	huma.Register(s.api, op, func(ctx context.Context, in *queryInput) (*huma.StreamResponse, error) {
		body, err := s.query(ctx, in.Body)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return &huma.StreamResponse{Body: body}, nil
	})
}

func (s *Server) queryResponse() *huma.Response {
	result := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[QueryResult](), true, "QueryResult")
	text := &huma.Schema{Type: "string"}
	return &huma.Response{Description: "The result", Content: map[string]*huma.MediaType{
		typeJSON: {Schema: result}, typeNDJSON: {Schema: text}, typeCSV: {Schema: text},
		typeParquet: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}
}

// query starts the query, so that its refusal still has a status of its own, and returns what sends the answer.
func (s *Server) query(ctx context.Context, in queryBody) (func(huma.Context), error) {
	who := principalOf(ctx)
	q := limnograph.Query{Name: "sql", SQL: in.SQL, Untrusted: true}
	if in.Format == "parquet" {
		return s.export(who, q, in)
	}
	rows, err := s.cfg.Engine.Query(ctx, who, q)
	if err != nil {
		return nil, err
	}
	first, err := rows.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, rows.Close())
	}
	return func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		s.stream(w, r, in, &peeked{Rows: rows, first: first, err: err})
	}, nil
}

// peeked gives back the row that was read to see whether the query works.
type peeked struct {
	limnograph.Rows
	first []any
	err   error
	given bool
}

// Next returns the row read ahead, then the others.
func (p *peeked) Next() ([]any, error) {
	if !p.given {
		p.given = true
		return p.first, p.err
	}
	return p.Rows.Next()
}

// stream sends the rows. Once the head is out a failure can only be told by cutting the connection.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, in queryBody, rows limnograph.Rows) {
	w.Header().Set("Content-Type", mediaType(in.Format))
	out := newSlowWriter(w)
	err := encodeRows(out, in.Format, rows, in.MaxRows)
	err = errors.Join(err, rows.Close())
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		s.log.WarnContext(r.Context(), "query answer broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}

// export sends Parquet. Its errors have a status as long as no byte is out.
func (s *Server) export(who limnograph.Principal, q limnograph.Query, in queryBody) (func(huma.Context), error) {
	if s.cfg.Exporter == nil {
		return nil, invalid("this server exports no Parquet", "use csv, ndjson or json")
	}
	if in.MaxRows > 0 {
		return nil, invalid("max_rows does not go with parquet", "put a LIMIT into the statement")
	}
	return func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		out := newSlowWriter(w)
		w.Header().Set("Content-Type", typeParquet)
		err := s.cfg.Exporter.Export(r.Context(), who, q, out)
		if err == nil {
			err = out.Flush()
		}
		if err != nil && !out.begun {
			s.writeError(w, r, err)
		} else if err != nil {
			s.log.WarnContext(r.Context(), "query answer broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
	}, nil
}
