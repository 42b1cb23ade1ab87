package web

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyTimeout bounds one readiness check.
const readyTimeout = 20 * time.Second

// serveHealth says that the process answers at all.
func serveHealth(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

// serveReady says whether deliveries are accepted and every published name answers. Probes that come at the same
// time share one check.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	_, err, _ := s.readiness.Do("ready", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), readyTimeout)
		defer cancel()
		return nil, s.cfg.Ready(ctx)
	})
	if err != nil {
		w.Header().Set("Retry-After", retryAfter)
		plain(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
		return
	}
	plain(w, http.StatusOK, "ready\n")
}

func plain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client left
}

// serveMetrics gives the metrics to holders of a token or session.
func (s *Server) serveMetrics() http.Handler {
	metrics := promhttp.HandlerFor(s.cfg.Registry, promhttp.HandlerOpts{Registry: s.cfg.Registry})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.authenticate(r)
		if err == nil && p.OnlyCollects() {
			err = errOnlyCollects()
		}
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}

func alwaysReady(context.Context) error { return nil }
