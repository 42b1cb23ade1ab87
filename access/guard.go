package access

import (
	"context"
	"io"
	"log/slog"
	"time"

	"limnograph"
)

// Exporter is what an engine is that also writes results as Parquet files.
type Exporter interface {
	// Export runs q for p and writes the result to w as one Parquet file.
	Export(ctx context.Context, p limnograph.Principal, q limnograph.Query, w io.Writer) error
}

// Guard is an Engine that checks the principal and writes one audit line for each access, whatever its end. It is
// safe for concurrent use.
type Guard struct {
	engine limnograph.Engine
	audit  *slog.Logger
	now    func() time.Time
}

var (
	_ limnograph.Engine = (*Guard)(nil)
	_ Exporter          = (*Guard)(nil)
)

// New returns a guard before engine, which may be an Exporter. Audit lines go to audit; nil discards them. A nil now is time.Now.
func New(engine limnograph.Engine, audit *slog.Logger, now func() time.Time) *Guard {
	if audit == nil {
		audit = slog.New(slog.DiscardHandler)
	}
	if now == nil {
		now = time.Now
	}
	return &Guard{engine: engine, audit: audit, now: now}
}

// Query runs q when p may ask it. The audit line is written when the rows are closed, or at once when there are none.
// Errors: CodeUnauthorized (nobody asks), CodeForbidden (p may not ask), and those of the engine.
func (g *Guard) Query(ctx context.Context, p limnograph.Principal, q limnograph.Query) (limnograph.Rows, error) {
	e := g.begin("query", p, q)
	if err := authorize(p, q); err != nil {
		return nil, e.finish(ctx, err)
	}
	rows, err := g.engine.Query(ctx, p, q)
	if err != nil {
		return nil, e.finish(ctx, err)
	}
	e.meter, _ = rows.(limnograph.Metered)
	return &auditedRows{Rows: rows, entry: e, ctx: ctx}, nil
}

// Export runs q when p may ask it and writes the result to w as one Parquet file. Errors: as Query, CodeInvalid when
// the engine is no Exporter, and those of w.
func (g *Guard) Export(ctx context.Context, p limnograph.Principal, q limnograph.Query, w io.Writer) error {
	e := g.begin("export", p, q)
	if err := authorize(p, q); err != nil {
		return e.finish(ctx, err)
	}
	exporter, ok := g.engine.(Exporter)
	if !ok {
		return e.finish(ctx, errNoExport())
	}
	counted := &countingWriter{w: w}
	err := exporter.Export(ctx, p, q, counted)
	e.bytes = counted.n
	return e.finish(ctx, err)
}

func errNoExport() error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "export query", Message: "this engine exports no Parquet",
		Hint: "use CSV, or engine duckdb",
	}
}

// authorize knows one rule for now: the admin reads everything, nobody else reads anything.
func authorize(p limnograph.Principal, _ limnograph.Query) error {
	if p.Name == "" {
		return &limnograph.Error{
			Code: limnograph.CodeUnauthorized, Op: "authorize", Message: "nobody is signed in",
			Hint: "send the admin token",
		}
	}
	if !p.Admin {
		return &limnograph.Error{
			Code: limnograph.CodeForbidden, Op: "authorize", Message: p.Name + " may not read the published tables",
			Hint: "use the admin token",
		}
	}
	return nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
