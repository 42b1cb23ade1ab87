package trino

import (
	"testing"
)

// Types as Trino writes them, and as the embedded engine names them.
func TestTypeNames(t *testing.T) {
	tests := map[string]string{
		"varchar":                              "VARCHAR",
		"varchar(16)":                          "VARCHAR",
		"char(3)":                              "VARCHAR",
		"bigint":                               "BIGINT",
		"real":                                 "FLOAT",
		"varbinary":                            "BLOB",
		"json":                                 "JSON",
		"unknown":                              "NULL",
		"decimal(38,18)":                       "DECIMAL(38,18)",
		"timestamp(3)":                         "TIMESTAMP",
		"timestamp(3) with time zone":          "TIMESTAMP WITH TIME ZONE",
		"time(6) with time zone":               "TIME WITH TIME ZONE",
		"interval day to second":               "INTERVAL",
		"array(timestamp(3) with time zone)":   "TIMESTAMP WITH TIME ZONE[]",
		"map(varchar(3), decimal(2, 1))":       "MAP(VARCHAR, DECIMAL(2,1))",
		"map(varchar, array(map(real, date)))": "MAP(VARCHAR, MAP(FLOAT, DATE)[])",
		`row(a integer, "b c" varchar(2))`:     `STRUCT("a" INTEGER, "b c" VARCHAR)`,
		`row("x, (""y"")" time(3) with time zone, interval day to second)`: `STRUCT("x, (""y"")" TIME WITH TIME ZONE, "field1" INTERVAL)`,
		"row(integer, decimal(2, 1))":                                      `STRUCT("field0" INTEGER, "field1" DECIMAL(2,1))`,
	}
	for text, want := range tests {
		if got := parseKind(text).String(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// FuzzTypeNames: no text of a server makes the reader fail.
func FuzzTypeNames(f *testing.F) {
	for _, s := range []string{"map(varchar(3), decimal(2, 1))", `row("a(" integer, b c)`, "array(", "row()", "map(a)", "))", `row("`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k := parseKind(text)
		if len(k.fields) > 0 && len(k.fields) != len(k.inside) {
			t.Errorf("%d names for %d fields", len(k.fields), len(k.inside))
		}
		_ = k.String()
		_, _ = k.value([]any{"x", map[string]any{"y": nil}})
	})
}
