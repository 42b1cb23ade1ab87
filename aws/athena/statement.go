package athena

import (
	"context"

	"limnograph"
	"limnograph/trinosql"
)

// statement is the text that is sent for a query.
func (e *Engine) statement(ctx context.Context, q limnograph.Query) (string, error) {
	schemas, err := e.cfg.Published(ctx)
	if err != nil {
		return "", err
	}
	return trinosql.Statement(q, schemas, trinosql.Place{Catalog: e.cfg.Catalog, Schema: e.cfg.Database}, maxSQL)
}
