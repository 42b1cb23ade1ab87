package lake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// content is a file in memory before it is stored. It grows by pieces: a buffer that doubles would take three times the
// largest file for a moment.
type content struct {
	pieces [][]byte
	size   int64
	sum    hash.Hash
}

const pieceBytes = 256 << 10

func newContent() *content { return &content{sum: sha256.New()} }

// Write implements io.Writer.
func (c *content) Write(p []byte) (int, error) {
	n := len(p)
	c.sum.Write(p)
	c.size += int64(n)
	for len(p) > 0 {
		if last := len(c.pieces) - 1; last < 0 || len(c.pieces[last]) == cap(c.pieces[last]) {
			c.pieces = append(c.pieces, make([]byte, 0, pieceBytes))
		}
		last := &c.pieces[len(c.pieces)-1]
		some := min(len(p), cap(*last)-len(*last))
		*last = append(*last, p[:some]...)
		p = p[some:]
	}
	return n, nil
}

// reader reads all of it.
func (c *content) reader() io.Reader {
	readers := make([]io.Reader, len(c.pieces))
	for i, p := range c.pieces {
		readers[i] = bytes.NewReader(p)
	}
	return io.MultiReader(readers...)
}

// hash returns the part of the content's SHA-256 that stands in its file's name.
func (c *content) hash() string { return hex.EncodeToString(c.sum.Sum(nil)[:16]) }
