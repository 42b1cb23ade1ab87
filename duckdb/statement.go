package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"limnograph"
)

// statement is what the parser says about a query text.
type statement struct {
	text    string          // as it was sent
	json    string          // the parser's answer
	tree    any             // the syntax tree in it
	tables  map[string]bool // base tables it may read, in lower case
	catalog bool            // it asks the catalogue: SHOW, DESCRIBE, SUMMARIZE or information_schema
}

// parse runs DuckDB's own parser over the text and returns its one SELECT. Errors: CodeInvalid (syntax, with the
// position), CodeForbidden (another kind of statement, or several), CodeTooLarge.
func parse(ctx context.Context, conn *sql.Conn, text string) (*statement, error) {
	if len(text) > maxSQL {
		return nil, &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "parse query",
			Message: fmt.Sprintf("the statement has %d bytes, the limit is %d", len(text), maxSQL),
		}
	}
	var serialized string
	err := conn.QueryRowContext(ctx, `SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)`, text).Scan(&serialized)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error        bool   `json:"error"`
		ErrorType    string `json:"error_type"`
		ErrorMessage string `json:"error_message"`
		Position     string `json:"position"`
		Statements   []any  `json:"statements"`
	}
	dec := json.NewDecoder(strings.NewReader(serialized))
	dec.UseNumber()
	if err := dec.Decode(&answer); err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeTooLarge, Op: "parse query", Message: "the statement nests too deeply", Err: err}
	}
	switch {
	case answer.Error && answer.ErrorType == "not implemented":
		return nil, notSelect(text)
	case answer.Error:
		return nil, syntaxError(text, answer.ErrorMessage, answer.Position)
	case len(answer.Statements) != 1:
		return nil, forbidden(fmt.Sprintf("%d statements were sent", len(answer.Statements)), "send one SELECT at a time")
	}
	s := &statement{text: text, json: serialized, tree: answer.Statements[0], tables: make(map[string]bool)}
	s.collect(s.tree)
	return s, nil
}

func notSelect(text string) error {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	word = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, word)
	if word == "" || len(word) > 20 {
		word = "this statement"
	}
	return forbidden(word+" is not a query", "only SELECT, SHOW TABLES, DESCRIBE and SUMMARIZE are allowed")
}

func syntaxError(text, message, position string) error {
	var at int
	if _, err := fmt.Sscan(position, &at); err == nil && at >= 0 && at <= len(text) {
		before := text[:at]
		line := strings.Count(before, "\n") + 1
		column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
		message = fmt.Sprintf("%s (line %d, column %d)", message, line, column)
	}
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "parse query", Message: message}
}

func forbidden(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeForbidden, Op: "check query", Message: message, Hint: hint}
}

// collect gathers what the tree reads.
func (s *statement) collect(node any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			s.collect(child)
		}
	case map[string]any:
		switch n["type"] {
		case "BASE_TABLE":
			s.tables[strings.ToLower(member(n, "table_name"))] = true
			s.catalog = s.catalog || member(n, "schema_name") != "" && !strings.EqualFold(member(n, "schema_name"), "main")
		case "SHOW_REF":
			s.tables[strings.ToLower(member(n, "table_name"))] = true
			s.catalog = true
		}
		for _, child := range n {
			s.collect(child)
		}
	}
}
