package trinosql

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"limnograph"
)

const (
	maxText  = 250_000 // bytes; Athena takes 262,144 with what Prune adds
	maxDepth = 100     // of parentheses
)

// Check decides whether a text that a person wrote may run: one query (SELECT, VALUES, WITH) that reads published names
// alone, SHOW TABLES, or DESCRIBE of a published name. Published names are matched without case, as Trino does. Errors:
// CodeForbidden (another kind of statement, several, a name that is not published, a hidden column, a table function, a
// recursive query), CodeInvalid (what is not understood, with line and column, and parameters), CodeTooLarge.
func Check(sql string, published []string) error {
	if len(sql) > maxText {
		return &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "parse query",
			Message: fmt.Sprintf("the statement has %d bytes, the limit is %d", len(sql), maxText),
		}
	}
	if !utf8.ValidString(sql) {
		return syntaxError(sql, 0, "the statement is not UTF-8 text", "")
	}
	tokens, err := lex(sql)
	if err != nil {
		return err
	}
	c := &checker{sql: sql, tokens: tokens, published: make(map[string]bool, len(published))}
	for _, name := range published {
		c.published[lowerCase(name)] = true
	}
	return c.statement()
}

// Trim returns a text without the semicolon that may end it: Trino takes none.
func Trim(sql string) string {
	tokens, err := lex(sql)
	if err != nil || len(tokens) < 2 || !tokens[len(tokens)-2].isSymbol(";") {
		return sql
	}
	t := tokens[len(tokens)-2]
	return sql[:t.from] + sql[t.to:]
}

// checker walks a text by the grammar of Trino's queries. It is exact where tables are named (WITH, FROM, JOIN) and
// generous in expressions, where it only looks for subqueries: a relation can stand nowhere else, because the words
// that bring one (FROM, JOIN, TABLE) are refused wherever the grammar does not have them.
type checker struct {
	sql       string
	tokens    []token
	at        int
	depth     int
	published map[string]bool // lower case
}

// names are the common table expressions in sight, in lower case.
type names []string

func (c *checker) peek() token { return c.tokens[c.at] }

// ahead returns the token behind the next one, the end when there is none.
func (c *checker) ahead() token { return c.tokens[min(c.at+1, len(c.tokens)-1)] }

func (c *checker) take() token {
	t := c.peek()
	if t.kind != end {
		c.at++
	}
	return t
}

// accept takes the next token when it is one of these words.
func (c *checker) accept(words ...string) bool {
	if c.peek().is(words...) {
		c.at++
		return true
	}
	return false
}

func (c *checker) acceptSymbol(s string) bool {
	if c.peek().isSymbol(s) {
		c.at++
		return true
	}
	return false
}

func (c *checker) expect(s string) error {
	if !c.acceptSymbol(s) {
		return c.unexpected("expected " + s)
	}
	return nil
}

// statement checks the whole text.
func (c *checker) statement() error {
	first := c.peek()
	var err error
	switch {
	case first.kind == end:
		return forbidden("0 statements were sent", "send one SELECT")
	case startsQuery(first) || first.isSymbol("("):
		err = c.query(nil)
	case first.is("SHOW"):
		err = c.show()
	case first.is("DESCRIBE", "DESC"):
		c.take()
		err = c.publishedName(nil)
	case first.is(strings.Fields(otherStatements)...):
		return forbidden(first.text+" is not a query", "only SELECT, SHOW TABLES and DESCRIBE are allowed")
	default:
		return c.unexpected("a query begins with SELECT, WITH or VALUES")
	}
	if err != nil {
		return err
	}
	return c.finish()
}

// finish allows one semicolon at the end.
func (c *checker) finish() error {
	if c.acceptSymbol(";") && c.peek().kind != end {
		return forbidden("several statements were sent", "send one SELECT at a time")
	}
	if c.peek().kind != end {
		return c.unexpected("the query should end here")
	}
	return nil
}

const otherStatements = `ALTER ANALYZE BEGIN CALL COMMENT COMMIT COPY CREATE DEALLOCATE DELETE DENY DROP EXECUTE EXPLAIN EXPORT FROM GRANT
 IMPORT INSERT LOAD LOCK MERGE MSCK OPTIMIZE PREPARE REFRESH RENAME RESET REVOKE ROLLBACK SET START TABLE TRUNCATE UNLOAD UPDATE USE USING
 VACUUM`

func startsQuery(t token) bool { return t.is("SELECT", "WITH", "VALUES", "TABLE") }

// show allows SHOW TABLES alone, and SHOW COLUMNS of what may be read.
func (c *checker) show() error {
	c.take()
	switch {
	case c.accept("TABLES"):
		return nil
	case c.peek().is("COLUMNS") && c.ahead().is("FROM", "IN"):
		c.at += 2
		return c.publishedName(nil)
	}
	return forbidden("SHOW knows TABLES and COLUMNS alone", "write SHOW TABLES, or DESCRIBE with a table")
}

// publishedName takes the name of a table: one that is published, or of a common table expression in sight.
func (c *checker) publishedName(ctes names) error {
	t := c.take()
	if t.kind != word && t.kind != quoted {
		c.at--
		return c.unexpected("expected the name of a table")
	}
	if c.peek().isSymbol(".") {
		return c.refuse(t, fmt.Sprintf("%.100q names a catalog or schema", t.text), "write the name of a published table alone")
	}
	name := lowerCase(t.text)
	if c.published[name] || slices.Contains(ctes, name) {
		return nil
	}
	return c.refuse(t, fmt.Sprintf("%.100q is no published table", c.sql[t.from:t.to]), c.instead(t))
}

// instead says what to ask in place of a name that is not published.
func (c *checker) instead(t token) string {
	if flat := (limnograph.Schema{Table: lowerCase(t.text)}).FlatView(); c.published[flat] {
		return "there is no curated table here: ask " + flat
	}
	return "SHOW TABLES lists what there is"
}

// nested guards against texts that nest without end.
func (c *checker) nested(check func() error) error {
	if c.depth++; c.depth > maxDepth {
		return c.unexpected("the statement nests too deeply")
	}
	err := check()
	c.depth--
	return err
}

// unexpected is a refusal of what is not understood, at the next token.
func (c *checker) unexpected(why string) error {
	t := c.peek()
	what := "the end of the text"
	if t.kind != end {
		what = fmt.Sprintf("%.40q", c.sql[t.from:t.to])
	}
	return syntaxError(c.sql, t.from, what+" is not understood here: "+why, "")
}

func (c *checker) refuse(t token, message, hint string) error {
	return forbidden(fmt.Sprintf("%s (at character %d)", message, len([]rune(c.sql[:t.from]))+1), hint)
}

func forbidden(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeForbidden, Op: "check query", Message: message, Hint: hint}
}

// lowerCase changes ASCII letters alone: Go and Java disagree about the lower case of others, and a name that means a
// common table expression here must not mean a table there.
func lowerCase(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
