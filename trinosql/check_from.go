package trinosql

// from takes relations with commas between them.
func (c *checker) from(ctes names) error {
	for {
		if err := c.relation(ctes); err != nil {
			return err
		}
		if !c.acceptSymbol(",") {
			return nil
		}
	}
}

// relation takes a table and what is joined to it.
func (c *checker) relation(ctes names) error {
	if err := c.sampled(ctes); err != nil {
		return err
	}
	for c.join() {
		if err := c.sampled(ctes); err != nil {
			return err
		}
		if err := c.joinCondition(ctes); err != nil {
			return err
		}
	}
	return nil
}

// join takes the words up to JOIN.
func (c *checker) join() bool {
	before := c.at
	for c.accept("NATURAL", "CROSS", "INNER", "LEFT", "RIGHT", "FULL", "OUTER") {
	}
	if c.accept("JOIN") {
		return true
	}
	c.at = before
	return false
}

// joinCondition takes ON or USING. Trino lets the condition of an outer join follow that of an inner one: a JOIN b JOIN
// c ON .. ON ..; every order of them brings the same tables.
func (c *checker) joinCondition(ctes names) error {
	for {
		switch {
		case c.accept("ON"):
			if err := c.condition(ctes); err != nil {
				return err
			}
		case c.accept("USING"):
			if !c.peek().isSymbol("(") {
				return c.unexpected("expected (")
			}
			if err := c.columnNames(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// sampled takes a table, its sample, its alias.
func (c *checker) sampled(ctes names) error {
	if err := c.primary(ctes); err != nil {
		return err
	}
	if err := c.sample(ctes); err != nil {
		return err
	}
	if err := c.alias(); err != nil {
		return err
	}
	return c.sample(ctes)
}

func (c *checker) sample(ctes names) error {
	if !c.peek().is("TABLESAMPLE") || !c.ahead().is("BERNOULLI", "SYSTEM") {
		return nil
	}
	c.at += 2
	if !c.peek().isSymbol("(") {
		return c.unexpected("expected (")
	}
	return c.parentheses(ctes, "")
}

// alias takes [AS] name [(columns)]. Words that may begin the next clause are no alias here.
func (c *checker) alias() error {
	switch t := c.peek(); {
	case c.accept("AS"):
	case t.kind == quoted:
	case t.kind == word && !isReserved(t.text) && !t.is("LIMIT", "OFFSET", "FETCH", "WINDOW", "TABLESAMPLE", "MATCH_RECOGNIZE", "QUALIFY"):
	default:
		return nil
	}
	if err := c.name(); err != nil {
		return err
	}
	return c.columnNames()
}

// primary takes what a relation is made of: a name, a query or relations in parentheses, UNNEST, LATERAL.
func (c *checker) primary(ctes names) error {
	t := c.peek()
	switch {
	case t.isSymbol("("):
		return c.nested(func() error { return c.inParentheses(ctes) })
	case t.is("UNNEST"):
		c.take()
		if err := c.arguments(ctes); err != nil {
			return err
		}
		if c.accept("WITH") && !c.accept("ORDINALITY") {
			return c.unexpected("expected ORDINALITY")
		}
		return nil
	case t.is("LATERAL") && c.ahead().isSymbol("("):
		c.take()
		return c.subquery(ctes)
	case t.is("TABLE", "JSON_TABLE"):
		return c.refuse(t, "table functions are not available", "read the published tables")
	case t.kind == word && isReserved(t.text):
		return c.unexpected("expected a table")
	}
	return c.table(ctes)
}

func (c *checker) table(ctes names) error {
	t := c.peek()
	if err := c.publishedName(ctes); err != nil {
		return err
	}
	switch next := c.peek(); {
	case next.isSymbol("("):
		return c.refuse(t, "table functions are not available", "read the published tables")
	case next.is("FOR"):
		return c.refuse(next, "FOR is not available", "leave it out")
	case next.is("MATCH_RECOGNIZE"):
		return c.refuse(next, "MATCH_RECOGNIZE is not available", "use window functions")
	}
	return nil
}

// inParentheses takes a query, or relations of which the first may turn out to be the first term of a query.
func (c *checker) inParentheses(ctes names) error {
	if startsQuery(c.ahead()) {
		return c.subquery(ctes)
	}
	if err := c.expect("("); err != nil {
		return err
	}
	if err := c.relation(ctes); err != nil {
		return err
	}
	if err := c.tail(ctes); err != nil {
		return err
	}
	return c.expect(")")
}

func (c *checker) arguments(ctes names) error {
	if !c.peek().isSymbol("(") {
		return c.unexpected("expected (")
	}
	return c.parentheses(ctes, "")
}
