package landing

import (
	"bytes"
	"io"
)

// maxChunk is the longest piece without a border between objects that is looked at as one.
const maxChunk = 16 << 20

// chunks cuts a stream of JSON objects into pieces that end between two objects, so that each can be decoded alone and
// memory stays bounded whatever the size of the stream.
type chunks struct {
	r      io.Reader
	size   int // wanted length of a piece
	buf    []byte
	given  int // bytes of buf that the last call returned
	offset int64
	ended  bool
}

// next returns the next piece, valid until the call after, and its offset in the stream; io.EOF after the last one.
func (c *chunks) next() (piece []byte, offset int64, err error) {
	c.offset += int64(c.given)
	c.buf = append(c.buf[:0], c.buf[c.given:]...)
	c.given = 0
	want := c.size
	for {
		if err := c.read(want); err != nil {
			return nil, 0, err
		}
		if c.ended {
			c.given = len(c.buf)
		} else {
			c.given = lastBorder(c.buf)
		}
		switch {
		case len(c.buf) == 0:
			return nil, 0, io.EOF
		case c.given > 0:
			return c.buf[:c.given], c.offset, nil
		case len(c.buf) >= maxChunk:
			c.given = len(c.buf) // no border far and wide: this is no metric stream
			return c.buf, c.offset, nil
		}
		want = min(2*want, maxChunk)
	}
}

// read fills buf up to want bytes or the end of the stream.
func (c *chunks) read(want int) error {
	if cap(c.buf) < want {
		c.buf = append(make([]byte, 0, want), c.buf...)
	}
	for len(c.buf) < want && !c.ended {
		n, err := c.r.Read(c.buf[len(c.buf):want])
		c.buf = c.buf[:len(c.buf)+n]
		if err == io.EOF {
			c.ended = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// lastBorder returns the length of the longest part of data that ends between two objects, or 0. A line end cannot
// stand inside a JSON string, and a closing and an opening brace cannot follow each other with nothing but space
// between them inside an object or array.
func lastBorder(data []byte) int {
	for end := len(data); end > 0; {
		brace := bytes.LastIndexByte(data[:end], '{')
		if brace < 0 {
			break
		}
		before := bytes.TrimRight(data[:brace], " \t\r\n")
		if len(before) > 0 && before[len(before)-1] == '}' && bytes.IndexByte(data[len(before):brace], '\n') >= 0 {
			return brace
		}
		end = brace
	}
	return lastClosed(data)
}

// lastClosed finds the last place where every brace is closed, for streams without line ends.
func lastClosed(data []byte) (border int) {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case b == '\n':
			quoted = false // a string cannot span lines: what came before is broken
		case quoted:
		case b == '{':
			depth++
		case b == '}':
			if depth = max(depth-1, 0); depth == 0 {
				border = i + 1
			}
		}
	}
	return border
}
