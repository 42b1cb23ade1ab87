package firehose

import (
	"net/http"
	"sync/atomic"
)

// gate bounds the bytes that all deliveries in progress hold. It never waits: who is refused answers 503, and the
// sender comes again.
type gate struct {
	limit int64
	used  atomic.Int64
}

func (g *gate) held() float64 { return float64(g.used.Load()) }

// lease is the share of one delivery. It grows while the body arrives, so that an announced length costs nothing.
type lease struct {
	gate *gate
	held int64
}

// hold grows the lease to n bytes in all.
func (l *lease) hold(n int64) error {
	more := n - l.held
	if more <= 0 {
		return nil
	}
	if l.gate.used.Add(more) > l.gate.limit {
		l.gate.used.Add(-more)
		return refuse(http.StatusServiceUnavailable, "too many bytes are in flight on this server: send it again later")
	}
	l.held = n
	return nil
}

func (l *lease) release() {
	l.gate.used.Add(-l.held)
	l.held = 0
}
