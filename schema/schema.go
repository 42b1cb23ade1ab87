package schema

import (
	_ "embed"

	"limnograph"
)

//go:embed schemas/glue.yaml
var glueYAML []byte

// Builtin returns the definitions that come with the product, sorted by table: that of AWS Glue.
func Builtin() []limnograph.Schema {
	s, err := Parse("glue.yaml", glueYAML)
	if err != nil {
		panic(err) // the embedded file is broken: a test of this package fails first
	}
	return []limnograph.Schema{s}
}

// Other returns the schema of the namespaces that no definition names: no dimension becomes a column.
func Other() limnograph.Schema {
	return limnograph.Schema{Table: limnograph.OtherTable}
}

// Unknown returns the schema of a table that was found in landing without a definition: its namespace is unknown and
// no dimension becomes a column, but every line can be read.
func Unknown(table string) limnograph.Schema {
	return limnograph.Schema{Table: table}
}
