package s3

import (
	"bufio"
	"io"
)

// bodyError is an error of the caller's own reader, not of S3.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "read the body: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// chunks cuts a body that can be read once into parts that can be sent again.
type chunks struct {
	from *bufio.Reader
	size int64
}

func newChunks(body io.Reader, size int64) *chunks {
	return &chunks{from: bufio.NewReader(body), size: size}
}

// next returns the next part, and whether it is the last. Only a body without bytes has a part without bytes. The part
// is a new slice: a connection that was given up may still read from the one before.
func (c *chunks) next() (part []byte, last bool, err error) {
	part, err = io.ReadAll(io.LimitReader(c.from, c.size))
	if err == nil {
		_, err = c.from.Peek(1)
	}
	if err == io.EOF { //nolint:errorlint // a wrapped EOF is no end but an error
		return part, true, nil
	}
	if err != nil {
		return nil, false, &bodyError{err}
	}
	return part, false, nil
}
