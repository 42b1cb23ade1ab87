package s3

import (
	"context"
	"errors"
	"fmt"
	"io"

	"limnograph"
)

// body is the content of an object on its way here. It tells a content that was cut off from one that ended.
type body struct {
	ctx   context.Context //nolint:containedctx // of the Open that this body belongs to
	store *Store
	key   string
	from  io.ReadCloser
	left  int64 // bytes that should still come; negative: the server did not say how many
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left >= 0 {
		b.left = max(b.left-int64(n), 0)
	}
	if err == nil || err == io.EOF && b.left <= 0 { //nolint:errorlint // a wrapped EOF is no end but an error
		return n, err
	}
	return n, b.broken(err)
}

// Close implements io.Closer.
func (b *body) Close() error { return b.from.Close() }

func (b *body) broken(err error) error {
	const op = "read object"
	if cause := b.ctx.Err(); cause != nil {
		return ended(op, cause)
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w, %d bytes before its end", io.ErrUnexpectedEOF, b.left)
	}
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: op, Message: b.store.URI(b.key), Err: err, Hint: "read it again",
	}
}

// lengthOf returns -1 for a length that the server did not tell.
func lengthOf(told *int64) int64 {
	if told == nil {
		return -1
	}
	return *told
}
