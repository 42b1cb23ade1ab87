package athena

import (
	"context"
	"fmt"
	"strings"

	"limnograph"
	"limnograph/trinosql"
)

// statement turns a query into the text that is sent: checked when a person wrote it, pruned, and with its parameters
// as literals.
func (e *Engine) statement(ctx context.Context, q limnograph.Query) (string, error) {
	schemas, err := e.cfg.Published(ctx)
	if err != nil {
		return "", err
	}
	if q.Untrusted {
		if err := trinosql.Check(q.SQL, published(schemas)); err != nil {
			return "", err
		}
	}
	text := trinosql.Prune(trinosql.Trim(q.SQL), schemas, e.qualify, q.Range)
	if text, err = trinosql.Bind(text, q.Params); err != nil {
		return "", err
	}
	if len(text) > maxSQL {
		return "", &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "prepare query", Message: fmt.Sprintf("the statement has %d bytes, Athena's limit is %d", len(text), maxSQL),
		}
	}
	return text, nil
}

// qualify writes the full name of a published table or view.
func (e *Engine) qualify(name string) string {
	return identifier(e.cfg.Catalog) + "." + identifier(e.cfg.Database) + "." + identifier(name)
}

func published(schemas []limnograph.Schema) []string {
	names := make([]string, 0, 2*len(schemas))
	for _, s := range schemas {
		names = append(names, s.RawTable(), s.FlatView())
	}
	return names
}

// identifier writes a quoted SQL name.
func identifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
