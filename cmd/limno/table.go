package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// queryResult is the JSON answer of POST /api/v1/query.
type queryResult struct {
	Columns []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"columns"`
	Rows      [][]json.RawMessage `json:"rows"`
	Truncated bool                `json:"truncated"`
}

// printTable draws a JSON answer as a table for a person.
func printTable(w io.Writer, body io.Reader) error {
	var r queryResult
	if err := json.NewDecoder(body).Decode(&r); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	cells := tableCells(r)
	widths := make([]int, len(r.Columns))
	for _, row := range cells {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	for i, row := range cells {
		writeRow(&b, row, widths, r)
		if i == 0 {
			writeRule(&b, widths)
		}
	}
	fmt.Fprintf(&b, "(%d %s)\n", len(r.Rows), plural(len(r.Rows), "row", "rows"))
	if r.Truncated {
		b.WriteString("the answer was cut; use --format csv or ndjson for all rows\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func tableCells(r queryResult) [][]string {
	head := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		head[i] = c.Name
	}
	cells := [][]string{head}
	for _, row := range r.Rows {
		line := make([]string, len(row))
		for i, raw := range row {
			line[i] = cellText(raw)
		}
		cells = append(cells, line)
	}
	return cells
}

// cellText shows strings bare and on one line; NULL stays empty.
func cellText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	} else if string(raw) == "null" {
		s = ""
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func writeRow(b *strings.Builder, row []string, widths []int, r queryResult) {
	for i, c := range row {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
		if numeric(r.Columns[i].Type) {
			c, pad = pad+c, ""
		}
		b.WriteString(" " + c + pad + " ")
		if i < len(row)-1 {
			b.WriteString("|")
		}
	}
	b.WriteString("\n")
}

func writeRule(b *strings.Builder, widths []int) {
	for i, n := range widths {
		b.WriteString(strings.Repeat("-", n+2))
		if i < len(widths)-1 {
			b.WriteString("+")
		}
	}
	b.WriteString("\n")
}

func numeric(t string) bool {
	switch t {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE":
		return true
	}
	return strings.HasPrefix(t, "DECIMAL")
}
