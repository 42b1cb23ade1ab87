package trinosql

import "slices"

// query takes [WITH ...] terms joined by set operations, and what may stand behind them.
func (c *checker) query(ctes names) error {
	return c.nested(func() error {
		ctes, err := c.with(ctes)
		if err != nil {
			return err
		}
		if err := c.term(ctes); err != nil {
			return err
		}
		return c.tail(ctes)
	})
}

// with takes the common table expressions. Each sees those before it but not itself: its own name means a table there.
func (c *checker) with(ctes names) (names, error) {
	if !c.accept("WITH") {
		return ctes, nil
	}
	if t := c.peek(); t.is("RECURSIVE") {
		return nil, c.refuse(t, "WITH RECURSIVE is not available", "write WITH without a reference to itself; sequence(...) gives series")
	}
	ctes = slices.Clip(ctes)
	for {
		name := c.peek()
		if err := c.name(); err != nil {
			return nil, err
		}
		if err := c.columnNames(); err != nil {
			return nil, err
		}
		if !c.accept("AS") {
			return nil, c.unexpected("expected AS")
		}
		if err := c.subquery(ctes); err != nil {
			return nil, err
		}
		ctes = append(ctes, lowerCase(name.text))
		if !c.acceptSymbol(",") {
			return ctes, nil
		}
	}
}

// subquery takes ( query ).
func (c *checker) subquery(ctes names) error {
	if err := c.expect("("); err != nil {
		return err
	}
	if err := c.query(ctes); err != nil {
		return err
	}
	return c.expect(")")
}

// term takes SELECT, VALUES or a query in parentheses.
func (c *checker) term(ctes names) error {
	switch {
	case c.peek().isSymbol("("):
		return c.subquery(ctes)
	case c.accept("SELECT"):
		return c.selection(ctes)
	case c.accept("VALUES"):
		return c.expressions(ctes)
	case c.peek().is("TABLE"):
		return c.refuse(c.peek(), "TABLE is not available", "write SELECT * FROM and the name")
	}
	return c.unexpected("expected SELECT, VALUES or (")
}

func (c *checker) selection(ctes names) error {
	if err := c.expressions(ctes); err != nil {
		return err
	}
	if c.accept("FROM") {
		if err := c.from(ctes); err != nil {
			return err
		}
	}
	for {
		switch {
		case c.accept("WHERE", "HAVING"):
		case c.peek().is("GROUP") && c.ahead().is("BY"):
			c.at += 2
		case c.peek().is("WINDOW"):
			return c.windows(ctes)
		default:
			return nil
		}
		if err := c.expressions(ctes); err != nil {
			return err
		}
	}
}

// windows takes WINDOW name AS ( ... ), ...
func (c *checker) windows(ctes names) error {
	c.take()
	for {
		if err := c.name(); err != nil {
			return err
		}
		if !c.accept("AS") {
			return c.unexpected("expected AS")
		}
		if !c.peek().isSymbol("(") {
			return c.unexpected("expected (")
		}
		if err := c.parentheses(ctes, ""); err != nil {
			return err
		}
		if !c.acceptSymbol(",") {
			return nil
		}
	}
}

// tail takes further terms of set operations, then ORDER BY, OFFSET, LIMIT and FETCH.
func (c *checker) tail(ctes names) error {
	for c.accept("UNION", "INTERSECT", "EXCEPT") {
		_ = c.accept("ALL", "DISTINCT")
		if err := c.term(ctes); err != nil {
			return err
		}
	}
	if c.peek().is("ORDER") && c.ahead().is("BY") {
		c.at += 2
		if err := c.expressions(ctes); err != nil {
			return err
		}
	}
	return c.limits()
}

// limits is strict: behind FROM these words may be read as an alias, and what follows as further tables.
func (c *checker) limits() error {
	if c.accept("OFFSET") {
		if err := c.count(); err != nil {
			return err
		}
		_ = c.accept("ROW", "ROWS")
	}
	switch {
	case c.accept("LIMIT"):
		if c.accept("ALL") {
			return nil
		}
		return c.count()
	case c.accept("FETCH"):
		return c.fetch()
	}
	return nil
}

func (c *checker) fetch() error {
	if !c.accept("FIRST", "NEXT") {
		return c.unexpected("expected FIRST")
	}
	if c.peek().kind == numeral {
		c.take()
	}
	if !c.accept("ROW", "ROWS") {
		return c.unexpected("expected ROWS")
	}
	if c.accept("ONLY") || c.accept("WITH") && c.accept("TIES") {
		return nil
	}
	return c.unexpected("expected ONLY")
}

func (c *checker) count() error {
	switch c.peek().kind {
	case numeral:
		c.take()
		return nil
	case parameter:
		return errParameter()
	}
	return c.unexpected("expected a number")
}

// name takes a name that is given to something.
func (c *checker) name() error {
	t := c.peek()
	switch {
	case t.isHidden():
		return c.refuseHidden(t)
	case t.kind == word && !isReserved(t.text), t.kind == quoted:
		c.take()
		return nil
	}
	return c.unexpected("expected a name")
}

// columnNames takes ( name, ... ) when it is there.
func (c *checker) columnNames() error {
	if !c.acceptSymbol("(") {
		return nil
	}
	for {
		if err := c.name(); err != nil {
			return err
		}
		if !c.acceptSymbol(",") {
			return c.expect(")")
		}
	}
}
