package panel

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"limnograph"
)

func read[T any](rows limnograph.Rows, width int, row func(*cells) T) ([]T, error) {
	if n := len(rows.Columns()); n != width {
		return nil, shapeError(fmt.Errorf("%d columns, want %d", n, width))
	}
	var out []T
	for {
		values, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		c := cells{values: values}
		out = append(out, row(&c))
		if c.err != nil {
			return nil, shapeError(c.err)
		}
	}
}

func shapeError(err error) error {
	return &limnograph.Error{Code: limnograph.CodeInternal, Op: "read panel rows", Message: "unexpected shape", Err: err}
}

// cells reads the values of one row from left to right and keeps the first mismatch.
type cells struct {
	values []any
	at     int
	err    error
}

func (c *cells) next() any {
	v := c.values[c.at]
	c.at++
	return v
}

func (c *cells) mismatch(v any, want string) {
	if c.err == nil {
		c.err = fmt.Errorf("column %d is %T, want %s", c.at, v, want)
	}
}

func (c *cells) text() string {
	switch v := c.next().(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		c.mismatch(v, "text")
		return ""
	}
}

func (c *cells) truth() bool {
	switch v := c.next().(type) {
	case nil:
		return false
	case bool:
		return v
	default:
		c.mismatch(v, "a boolean")
		return false
	}
}

// flag reads a boolean that may be unknown.
func (c *cells) flag() *bool {
	switch v := c.next().(type) {
	case nil:
		return nil
	case bool:
		return &v
	default:
		c.mismatch(v, "a boolean")
		return nil
	}
}

func (c *cells) time() time.Time {
	v := c.next()
	t, ok := v.(time.Time)
	if !ok {
		c.mismatch(v, "a time")
	}
	return t.UTC()
}

// moment reads a time that may be unknown: then it is zero.
func (c *cells) moment() time.Time {
	switch v := c.next().(type) {
	case nil:
		return time.Time{}
	case time.Time:
		return v.UTC()
	default:
		c.mismatch(v, "a time")
		return time.Time{}
	}
}

// float reads a number; NULL and what JSON can't carry (NaN, infinities) are nil.
func (c *cells) float() *float64 {
	var f float64
	switch v := c.next().(type) {
	case nil:
		return nil
	case float64:
		f = v
	case int64:
		f = float64(v)
	case string: // a decimal or a big integer
		parsed, err := strconv.ParseFloat(v, 64)
		if err != nil {
			c.mismatch(v, "a number")
			return nil
		}
		f = parsed
	default:
		c.mismatch(v, "a number")
		return nil
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// whole reads a number of records: rounded, and kept within what int64 holds.
func (c *cells) whole() *int64 {
	f := c.float()
	if f == nil {
		return nil
	}
	const limit = 1 << 62
	n := int64(math.Round(max(-limit, min(limit, *f))))
	return &n
}

func (c *cells) positive() bool {
	f := c.float()
	return f != nil && *f > 0
}

func (c *cells) count() int64 {
	n := c.whole()
	if n == nil {
		return 0
	}
	return *n
}
