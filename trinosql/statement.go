package trinosql

import (
	"fmt"

	"limnograph"
)

// Place is where an engine finds the published tables.
type Place struct{ Catalog, Schema string }

// Qualify writes the full name of a table or view there.
func (p Place) Qualify(name string) string {
	return identifier(p.Catalog) + "." + identifier(p.Schema) + "." + identifier(name)
}

// Statement turns a query into the text that an engine sends: checked when a person wrote it, pruned, and with its
// parameters as literals. The published names are those of schemas; limit is the most bytes that the engine takes.
// Errors: those of Check and Bind; CodeTooLarge.
func Statement(q limnograph.Query, schemas []limnograph.Schema, at Place, limit int) (string, error) {
	if q.Untrusted {
		if err := Check(q.SQL, publishedNames(schemas)); err != nil {
			return "", err
		}
	}
	text, err := Bind(Prune(Trim(q.SQL), schemas, at.Qualify, q.Range), q.Params)
	if err != nil {
		return "", err
	}
	if len(text) > limit {
		return "", &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "prepare query", Message: fmt.Sprintf("the statement has %d bytes, the engine takes %d", len(text), limit),
			Hint: "ask for less in one statement",
		}
	}
	return text, nil
}

func publishedNames(schemas []limnograph.Schema) []string {
	names := make([]string, 0, 2*len(schemas))
	for _, s := range schemas {
		names = append(names, s.RawTable(), s.FlatView())
	}
	return names
}
