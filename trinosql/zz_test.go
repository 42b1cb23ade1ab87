package trinosql_test

import (
	"os"
	"testing"

	"limnograph/schema"
	"limnograph/trinosql"
)

func TestZZ(t *testing.T) {
	sql, _ := trinosql.FlatView(schema.Builtin()[0], "limno")
	os.WriteFile("/tmp/team/g3/flat.sql", []byte(sql), 0o644)
}
