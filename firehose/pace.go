package firehose

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// pace reads a body from the wire and ends what is too slow or too long. Its deadlines are those of the socket, so
// they follow the real clock. A sender may take grace for free, then must keep up the rate, and end by the limit:
// few bytes can't hold a connection and its memory for long.
type pace struct {
	body     io.Reader
	deadline func(time.Time) error
	began    time.Time
	grace    time.Duration
	limit    time.Duration
	rate     int64
	maxBody  int64

	received int64
	err      error // why the wire ended, other than by io.EOF
}

// newPace sets the first deadline, so that a body which nobody reads can't be drained for ever either.
func newPace(d *delivery, cfg Config) *pace {
	p := &pace{
		body: d.r.Body, deadline: d.rc.SetReadDeadline, began: time.Now(),
		grace: cfg.ReadTimeout / 6, limit: cfg.ReadTimeout, rate: cfg.MinRate, maxBody: cfg.MaxBody,
	}
	p.extend()
	return p
}

func (p *pace) extend() {
	earned := p.grace + time.Duration(float64(p.received)/float64(p.rate)*float64(time.Second))
	_ = p.deadline(p.began.Add(min(earned, p.limit))) // not supported by test recorders: then there is none
}

// done lifts the deadline: from here on the server, not the sender, takes its time.
func (p *pace) done() { _ = p.deadline(time.Time{}) }

// Read implements io.Reader.
func (p *pace) Read(b []byte) (int, error) {
	n, err := p.body.Read(b)
	p.received += int64(n)
	switch {
	case err == io.EOF: //nolint:errorlint // io.Reader's contract is the bare value
		return n, err
	case err != nil:
		p.err = p.explain(err)
		return n, p.err
	case p.received > wireLimit(p.maxBody):
		p.err = tooLarge(p.maxBody)
		return n, p.err
	}
	p.extend()
	return n, nil
}

func (p *pace) explain(err error) error {
	var outer *http.MaxBytesError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, "the body came too slowly: %d bytes in %s", p.received, time.Since(p.began).Round(time.Millisecond))
	case errors.As(err, &outer):
		return tooLarge(outer.Limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(http.StatusBadRequest, "the body ended early, after %d bytes", p.received)
	}
	return refuse(http.StatusBadRequest, "the body could not be read after %d bytes: %v", p.received, err)
}

// wireLimit is how long a body may be on the wire: gzip adds a little to what it can't compress.
func wireLimit(maxBody int64) int64 { return maxBody + maxBody/1024 + 1024 }

func tooLarge(limit int64) *refusal {
	return refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes: lower the buffer size of the delivery stream", limit)
}
