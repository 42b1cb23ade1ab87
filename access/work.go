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
