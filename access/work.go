package access

import (
	"context"

	"limnograph"
)

// Work runs f for p when p may tend tables, and writes one audit line, whatever its end. verb says what is done, such as
// verify; about on what. Errors: CodeUnauthorized, CodeForbidden, those of f.
func (g *Guard) Work(ctx context.Context, p limnograph.Principal, verb, about string, f func(context.Context) error) error {
	q := limnograph.Query{Name: about}
	e := g.begin(verb, p, q)
	if err := authorize(p, q); err != nil {
		return e.finish(ctx, err)
	}
	return e.finish(ctx, f(ctx))
}

// Collect runs f, which takes in what p tells of a job run, and leaves an audit line. Who may only collect may do this.
// Errors: CodeUnauthorized, CodeForbidden, those of f.
func (g *Guard) Collect(ctx context.Context, p limnograph.Principal, f func(context.Context) error) error {
	q := limnograph.Query{Name: "collect"}
	e := g.begin("collect", p, q)
	if !p.Collects {
		if err := authorize(p, q); err != nil {
			return e.finish(ctx, err)
		}
	}
	return e.finish(ctx, f(ctx))
}
