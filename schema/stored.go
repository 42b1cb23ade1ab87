package schema

import (
	"fmt"

	"limnograph"
)

// ParseTable reads the definition of one table, where each table has its own file: table is the one that the file's
// place promises, file its name for messages. A file about a built-in namespace must keep the table and its columns, as
// in Load. Errors: as Parse.
func ParseTable(table, file string, data []byte) (limnograph.Schema, error) {
	s, err := Parse(file, data)
	if err != nil {
		return limnograph.Schema{}, err
	}
	if s.Table != table {
		return limnograph.Schema{}, invalid(fmt.Sprintf("%s: defines table %s, and its name promises %s", file, s.Table, table),
			"name the file after its table, or write table: "+table)
	}
	for _, b := range Builtin() {
		if err := keepsBuiltin(s, b, file); err != nil {
			return limnograph.Schema{}, err
		}
	}
	return s, nil
}
