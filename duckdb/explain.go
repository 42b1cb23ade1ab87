package duckdb

import (
	"context"
	"strings"

	"limnograph"
)

// ExplainAnalyze runs q and returns DuckDB's plan with what it took: how many files were read, how many rows each
// step gave. The text is for people and tests; it is not stable, and it shows file names.
func (e *Engine) ExplainAnalyze(ctx context.Context, q limnograph.Query) (string, error) {
	s, _, err := e.begin(ctx, q)
	if err != nil {
		return "", err
	}
	result, err := s.conn.QueryContext(s.ctx, "EXPLAIN ANALYZE "+q.SQL, s.args...)
	if err != nil {
		return "", s.fail("explain query", err)
	}
	defer result.Close()
	var plan strings.Builder
	for result.Next() {
		var key, text string
		if err := result.Scan(&key, &text); err != nil {
			return "", s.fail("explain query", err)
		}
		plan.WriteString(text)
	}
	if err := result.Err(); err != nil {
		return "", s.fail("explain query", err)
	}
	return plan.String(), s.end()
}
