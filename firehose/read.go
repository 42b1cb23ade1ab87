package firehose

import (
	"bufio"
	"errors"
	"io"
	"net/http"
)

const (
	wireBuffer = 64 << 10
	firstBody  = 256 << 10
	readChunk  = 256 << 10 // the lease grows by this much at a time
)

// read fills w.body with the inflated body.
func (w *workspace) read(d *delivery, p *pace, l *lease, maxBody int64) ([]byte, error) {
	source, err := w.source(d, p)
	if err == nil {
		err = w.fill(source, l, maxBody, d.expected())
	}
	if p.err != nil { // the cause of whatever the inflater says
		return nil, p.err
	}
	var r *refusal
	switch {
	case err == nil:
		p.done()
		return w.body, nil
	case errors.As(err, &r):
		return nil, err
	case p.received == 0:
		return nil, refuse(http.StatusBadRequest, "the body is empty")
	}
	return nil, refuse(http.StatusBadRequest, "the gzip body is damaged: %v", err)
}

func (w *workspace) source(d *delivery, p *pace) (io.Reader, error) {
	if !d.gzipped {
		return p, nil
	}
	if w.wire == nil {
		w.wire = bufio.NewReaderSize(nil, wireBuffer)
	}
	w.wire.Reset(p)
	return &w.inflater, w.inflater.Reset(w.wire)
}

// expected is the announced length of an uncompressed body, 0 when unknown.
func (d *delivery) expected() int64 {
	if d.gzipped {
		return 0
	}
	return max(d.r.ContentLength, 0)
}

// fill reads source to its end. The buffer grows with what has arrived, never with what was announced.
func (w *workspace) fill(source io.Reader, l *lease, maxBody, expected int64) error {
	w.body = w.body[:0]
	for {
		w.grow(maxBody, expected)
		room := w.room(expected)
		if err := l.hold(int64(len(w.body) + len(room))); err != nil {
			return err
		}
		n, err := source.Read(room)
		w.body = w.body[:len(w.body)+n]
		switch {
		case int64(len(w.body)) > maxBody:
			return tooLarge(maxBody)
		case err == io.EOF: //nolint:errorlint // io.Reader's contract is the bare value
			return nil
		case err != nil:
			return err
		}
	}
}

// room is the part of the buffer to read into next.
func (w *workspace) room(expected int64) []byte {
	n := min(cap(w.body)-len(w.body), readChunk)
	if left := expected - int64(len(w.body)); left > 0 {
		n = min(n, int(left)+1)
	}
	return w.body[len(w.body) : len(w.body)+n]
}

// grow makes room for at least one byte: twice as much as before, but no more than is announced or allowed.
func (w *workspace) grow(maxBody, expected int64) {
	if len(w.body) < cap(w.body) {
		return
	}
	want := max(2*int64(cap(w.body)), firstBody)
	if expected > int64(len(w.body)) {
		want = min(want, expected+1)
	}
	want = max(min(want, maxBody+1), int64(len(w.body))+1)
	grown := make([]byte, len(w.body), want)
	copy(grown, w.body)
	w.body = grown
}
