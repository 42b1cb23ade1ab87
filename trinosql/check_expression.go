package trinosql

import (
	"slices"
	"strings"

	"limnograph"
)

// Words that end an expression at the level of a query. Some of them are no reserved words: a column of that name needs
// quotes here.
const (
	endOfExpression = "FROM WHERE GROUP HAVING WINDOW UNION INTERSECT EXCEPT ORDER LIMIT OFFSET FETCH"
	endOfCondition  = endOfExpression + " JOIN CROSS INNER LEFT RIGHT FULL NATURAL ON USING"
)

// expressions takes everything up to the next clause, a closing parenthesis, or the end.
func (c *checker) expressions(ctes names) error {
	return c.scan(ctes, strings.Fields(endOfExpression), ");", "")
}

// condition takes the condition of a join.
func (c *checker) condition(ctes names) error {
	return c.scan(ctes, strings.Fields(endOfCondition), "),;", "")
}

// parentheses takes an expression in parentheses, or a query. function is the word before them.
func (c *checker) parentheses(ctes names, function string) error {
	return c.nested(func() error {
		if t := c.ahead(); t.is("SELECT", "WITH", "VALUES") {
			return c.subquery(ctes)
		}
		c.take()
		if err := c.scan(ctes, nil, ")", function); err != nil {
			return err
		}
		return c.expect(")")
	})
}

// scan takes tokens of an expression until a word or symbol that ends it. Inside of parentheses no word does.
func (c *checker) scan(ctes names, stops []string, ends, function string) error {
	for {
		t := c.peek()
		switch {
		case t.kind == end || t.kind == symbol && strings.Contains(ends, t.text):
			return nil
		case t.kind == word && slices.Contains(stops, t.text) && !c.isDistinctFrom():
			return nil
		}
		if err := c.piece(t, ctes, function); err != nil {
			return err
		}
	}
}

// piece takes one token, or all between two parentheses.
func (c *checker) piece(t token, ctes names, function string) error {
	switch {
	case t.isSymbol("("):
		if c.isQualifiedCall() {
			return c.refuse(c.tokens[c.at-1], "functions of other catalogs and schemas are not available", "write the name of a built-in function alone")
		}
		return c.parentheses(ctes, c.functionBefore())
	case t.isSymbol("["):
		return c.brackets(ctes)
	case t.kind == parameter:
		return errParameter()
	case t.isHidden():
		return c.refuseHidden(t)
	case t.isSymbol(")") || t.isSymbol("]") || t.isSymbol(";"):
		return c.unexpected("no parenthesis is open here")
	case t.kind == word:
		return c.wordOf(t, ctes, function)
	}
	c.take()
	return nil
}

// wordOf looks at a word inside of an expression.
func (c *checker) wordOf(t token, ctes names, function string) error {
	switch {
	case t.is("WITHIN") && c.ahead().is("GROUP"):
		c.at += 2
		return nil
	case t.is("FROM") && (c.isDistinctFrom() || takesFrom(function)):
	case t.is("TABLE", "JSON_TABLE"):
		return c.refuse(t, "table functions are not available", "read the published tables")
	case t.is("UNION", "INTERSECT", "EXCEPT"):
		c.take()
		_ = c.accept("ALL", "DISTINCT")
		return c.term(ctes)
	case t.is("SELECT", "VALUES", "FROM", "JOIN", "INTO", "RECURSIVE", "UNNEST", "LATERAL"):
		return c.unexpected("a query inside of an expression stands in parentheses of its own")
	}
	c.take()
	return nil
}

// isDistinctFrom recognizes FROM as a part of IS [NOT] DISTINCT FROM.
func (c *checker) isDistinctFrom() bool {
	back := func(n int) token {
		if c.at < n {
			return token{}
		}
		return c.tokens[c.at-n]
	}
	return c.peek().is("FROM") && back(1).is("DISTINCT") && (back(2).is("IS") || back(2).is("NOT") && back(3).is("IS"))
}

// takesFrom tells the functions that have FROM between their arguments.
func takesFrom(function string) bool {
	return function == "EXTRACT" || function == "TRIM" || function == "SUBSTRING"
}

// functionBefore is the word before an opening parenthesis.
func (c *checker) functionBefore() string {
	if c.at == 0 || c.tokens[c.at-1].kind != word {
		return ""
	}
	return c.tokens[c.at-1].text
}

// isQualifiedCall recognizes a.b( by what stands before the parenthesis.
func (c *checker) isQualifiedCall() bool {
	if c.at < 2 || !c.tokens[c.at-2].isSymbol(".") {
		return false
	}
	before := c.tokens[c.at-1].kind
	return before == word || before == quoted
}

func (c *checker) brackets(ctes names) error {
	return c.nested(func() error {
		c.take()
		if err := c.scan(ctes, nil, "]", ""); err != nil {
			return err
		}
		return c.expect("]")
	})
}

// isHidden recognizes a name such as "$path", which shows where the objects are. No name is empty.
func (t token) isHidden() bool { return t.kind == quoted && (t.text == "" || t.text[0] == '$') }

func (c *checker) refuseHidden(t token) error {
	return c.refuse(t, "hidden columns are not available", "DESCRIBE lists the published columns of a table")
}

// errParameter is about a ? or $name in a person's text, where nobody gives it a value.
func errParameter() error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "check query", Message: "a parameter (? or $name) has no value here",
		Hint: "write the value itself into the statement",
	}
}

// reserved are the words that Trino does not take as a name without quotes.
const reserved = `ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE CURRENT_PATH CURRENT_ROLE
 CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT EXECUTE EXISTS
 EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS JOIN JSON_ARRAY JSON_EXISTS JSON_OBJECT JSON_QUERY
 JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG LOCALTIME LOCALTIMESTAMP NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT
 ROLLUP SELECT SKIP TABLE THEN TRIM TRUE UESCAPE UNION UNNEST USING VALUES WHEN WHERE WITH`

func isReserved(word string) bool { return slices.Contains(strings.Fields(reserved), word) }
