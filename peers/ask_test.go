//go:build peers

package peers_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
)

// query asks an engine and returns all rows, times in UTC.
func query(t testing.TB, engine limnograph.Engine, q limnograph.Query) (rows [][]any, usage limnograph.Usage) {
	t.Helper()
	result, err := engine.Query(t.Context(), admin, q)
	if err != nil {
		t.Fatalf("%T: %v\n%s", engine, err, q.SQL)
	}
	defer result.Close()
	for {
		row, err := result.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%T: %v\n%s", engine, err, q.SQL)
		}
		rows = append(rows, slices.Clone(row))
	}
	if metered, ok := result.(limnograph.Metered); ok {
		usage = metered.Usage()
	}
	return rows, usage
}

// inOrder sorts rows by what is no fraction in them: a query without ORDER BY may give them in any order, and the last
// digits of a sum depend on the order of its parts.
func inOrder(rows [][]any) [][]any {
	slices.SortFunc(rows, func(a, b []any) int { return strings.Compare(rowText(a), rowText(b)) })
	return rows
}

// rowText joins the values of a row that are no fractions.
func rowText(row []any) string {
	values := make([]string, 0, len(row))
	for _, v := range row {
		switch v := v.(type) {
		case float64:
		case nil:
			values = append(values, "NULL")
		case time.Time:
			values = append(values, v.UTC().Format(time.RFC3339Nano))
		default:
			values = append(values, fmt.Sprint(v))
		}
	}
	return strings.Join(values, " | ")
}
