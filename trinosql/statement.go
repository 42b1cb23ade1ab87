package trinosql

import (
	"fmt"
	"strings"

	"limnograph"
)

// Place is where an engine finds the published tables.
type Place struct{ Catalog, Schema string }

// Qualify writes the full name of a table or view there.
func (p Place) Qualify(name string) string {
	return identifier(p.Catalog) + "." + identifier(p.Schema) + "." + identifier(name)
}

// Statement turns a query into the text that an engine sends: checked when a person wrote it, pruned, and with its
// parameters as literals. SHOW TABLES of a person becomes a list of what that person may read, since a schema may hold
// other tables too. The published names are those of schemas; limit is the most bytes that the engine takes.
// Errors: those of Check and Bind; CodeTooLarge.
func Statement(q limnograph.Query, schemas []limnograph.Schema, at Place, limit int) (string, error) {
	if q.Untrusted {
		names := publishedNames(schemas)
		if err := Check(q.SQL, names); err != nil {
			return "", err
		}
		if isShowTables(q.SQL) {
			return listing(names), nil
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
		names = append(names, s.RawNames()...)
	}
	return names
}

// isShowTables recognizes the statement in a text that passed Check.
func isShowTables(sql string) bool {
	tokens, err := lex(sql)
	return err == nil && len(tokens) > 1 && tokens[0].is("SHOW") && tokens[1].is("TABLES")
}

// listing is a query for names, sorted.
func listing(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = literal(name)
	}
	return "SELECT name FROM UNNEST(CAST(ARRAY[" + strings.Join(list, ", ") + "] AS array(varchar))) AS t (name) ORDER BY name"
}
