package trinosql

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// ViewExpandedText is what the catalogue keeps as the expanded text of a view: Athena reads ViewDocument instead.
const ViewExpandedText = "/* Presto View */"

const (
	documentStart = "/* Presto View: "
	documentEnd   = " */"
)

// document is the form that Athena and Trino both read. It names no owner: Trino takes that of the Glue table, and
// refuses a document without one only when the table has none either.
type document struct {
	SQL     string           `json:"originalSql"`
	Catalog string           `json:"catalog"`
	Schema  string           `json:"schema"`
	Columns []documentColumn `json:"columns"`
}

type documentColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// ViewDocument returns the original text of a view as the catalogue keeps it: "/* Presto View: <base64> */". Names of
// tables in sql without a catalog or schema are those of catalog and schema.
func ViewDocument(sql, catalog, schema string, columns []Column) string {
	d := document{SQL: sql, Catalog: catalog, Schema: schema}
	for _, c := range columns {
		d.Columns = append(d.Columns, documentColumn{Name: c.Name, Type: c.Type})
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		panic(err) // strings alone: there is nothing that can't be encoded
	}
	return documentStart + base64.StdEncoding.EncodeToString([]byte(strings.TrimSuffix(b.String(), "\n"))) + documentEnd
}
