//go:build peers

package peers_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"limnograph"
)

var admin = limnograph.Principal{Name: "admin", Admin: true}

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
		rows = append(rows, append([]any(nil), row...))
	}
	if metered, ok := result.(limnograph.Metered); ok {
		usage = metered.Usage()
	}
	return rows, usage
}

// rowTexts are the rows as text, for comparing: fractions to 9 significant digits, because the last digits of a sum
// depend on the order of its parts.
func rowTexts(rows [][]any) []string {
	texts := make([]string, 0, len(rows))
	for _, row := range rows {
		values := make([]string, 0, len(row))
		for _, v := range row {
			values = append(values, valueText(v))
		}
		texts = append(texts, strings.Join(values, " | "))
	}
	return texts
}

func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return fmt.Sprintf("%.0f", v)
		}
		return fmt.Sprintf("%.9g", v)
	default:
		return fmt.Sprint(v)
	}
}
