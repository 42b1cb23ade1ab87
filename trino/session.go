package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"limnograph"
)

// session is one query at work: a place among the concurrent ones, a time limit, and what is known of it on the server.
type session struct {
	engine    *Engine
	ctx       context.Context // ends at the time limit
	cancel    context.CancelFunc
	limit     time.Duration
	watch     *watch
	untrusted bool
}

var errTimeLimit = errors.New("time limit of the query")

// begin waits for a place.
func (e *Engine) begin(ctx context.Context, q limnograph.Query) (*session, error) {
	s := &session{engine: e, limit: e.cfg.timeout(q), watch: &watch{}, untrusted: q.Untrusted}
	s.ctx, s.cancel = context.WithTimeoutCause(withWatch(ctx, s.watch), s.limit, errTimeLimit)
	select {
	case e.slots <- struct{}{}:
	case <-s.ctx.Done():
		defer s.cancel()
		return nil, busy(s.ctx)
	}
	return s, nil
}

func busy(ctx context.Context) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "run query", Message: "too many queries are running",
		Hint: "try again later", Err: ctx.Err(),
	}
}

// session sends the time limit to the server too, which then ends a query whose asker is gone without a word.
func (s *session) session() any {
	return sql.Named("X-Trino-Session", fmt.Sprintf("query_max_run_time=%dms", max(1, s.limit.Milliseconds())))
}

// fail ends the session and returns its error with a code, and with what the query has read until then.
func (s *session) fail(op string, err error) error {
	err = s.explain(op, err)
	err = errors.Join(err, s.end(nil))
	if n := s.watch.scanned(); n > 0 {
		return &meteredError{err, limnograph.Usage{BytesScanned: n}}
	}
	return err
}

// meteredError is the error of a query that has read something.
type meteredError struct {
	error
	usage limnograph.Usage
}

var _ limnograph.Metered = (*meteredError)(nil)

// Usage is what the query has read.
func (m *meteredError) Usage() limnograph.Usage { return m.usage }

// Unwrap returns the error itself.
func (m *meteredError) Unwrap() error { return m.error }

// end stops what still runs on the server and gives back everything. Call it once.
func (s *session) end(result *sql.Rows) error {
	s.cancel() // first: the client would wait for the next page before it closes
	if result != nil {
		_ = result.Close() // what it says after its context has ended is about that
	}
	err := s.kill()
	<-s.engine.slots
	return err
}

// kill ends the query on the server unless it has ended by itself. The client does so too, but not while a page is on
// its way.
func (s *session) kill() error {
	page := s.watch.unfinished()
	if page == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), killTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, page, nil)
	if err != nil {
		return s.killError(err)
	}
	s.engine.sign(req)
	resp, err := s.engine.http.Do(req)
	if err != nil {
		return s.killError(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode >= http.StatusInternalServerError {
		return s.killError(errors.Join(err, errors.New(resp.Status)))
	}
	return nil
}

func (s *session) killError(err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "cancel query", Message: "the query " + s.watch.id() + " may still run on the cluster",
		Hint: fmt.Sprintf("it ends by itself within %s", s.limit), Err: withoutAddress(err),
	}
}

// sign says who asks, as the client does.
func (e *Engine) sign(req *http.Request) {
	req.Header.Set("X-Trino-User", e.cfg.User)
	req.Header.Set("X-Trino-Source", sourceName)
	if e.cfg.Password != "" {
		req.SetBasicAuth(e.cfg.User, e.cfg.Password)
	}
}
