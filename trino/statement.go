package trino

import (
	"context"
	"strings"

	"limnograph"
	"limnograph/trinosql"
)

// maxSQL bounds the text of a statement; Trino's own limit is 1,000,000 characters.
const maxSQL = 900_000

// statement is the text that is sent for a query.
func (e *Engine) statement(ctx context.Context, q limnograph.Query) (string, error) {
	schemas, err := e.cfg.Published(ctx)
	if err != nil {
		return "", err
	}
	return trinosql.Statement(q, schemas, trinosql.Place{Catalog: e.cfg.Catalog, Schema: e.cfg.Schema}, maxSQL)
}

// identifier writes a quoted SQL name.
func identifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
