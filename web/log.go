package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// answer remembers what was sent, for the log and to know whether an error can still be told.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader keeps the first final status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes of the body.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// observe logs and measures each request and turns a panic into an answer. The query string is never logged: it may
// hold a token.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.cfg.Now()
		a := &answer{ResponseWriter: w}
		defer func() {
			rethrow := s.recover(a, r, recover())
			took := s.cfg.Now().Sub(start)
			route := routeOf(r.URL.Path)
			s.metrics.requests.WithLabelValues(route, fmt.Sprint(a.status)).Inc()
			s.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
			s.log.LogAttrs(r.Context(), slog.LevelDebug, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", a.status),
				slog.Int64("bytes", a.bytes), slog.Duration("took", took), slog.String("remote", r.RemoteAddr))
			if rethrow {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(a, r)
	})
}

// recover answers after a panic. It reports true when the connection has to be cut, because a part of the answer is
// already out: the client must not take it for whole.
func (s *Server) recover(a *answer, r *http.Request, cause any) (cut bool) {
	if cause == nil {
		return false
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	err := fmt.Errorf("panic: %v", cause)
	if a.status != 0 {
		s.log.ErrorContext(r.Context(), "request failed", "error", err)
		return true
	}
	s.writeError(a, r, err)
	return false
}

// routeOf names the route of a path for metrics: a small fixed set, whatever is asked for.
func routeOf(path string) string {
	switch path {
	case "/healthz", "/readyz", "/metrics":
		return path
	}
	rest, ok := strings.CutPrefix(path, apiPrefix+"/")
	if !ok {
		return "page"
	}
	first, _, _ := strings.Cut(rest, "/")
	switch first {
	case "status", "fleet", "load", "runs", "tables", "query", "session", "objects", "openapi.json":
		return apiPrefix + "/" + first
	default:
		return "unknown"
	}
}

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	panels   *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (metrics, error) {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "limno_http_requests_total", Help: "Answered requests of the API and the page.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "limno_http_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
		panels: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "limno_panel_answers_total", Help: "Panel results by origin: kept (fresh), stale (and refreshed), asked (waited for a query).",
		}, []string{"origin"}),
	}
	return m, errors.Join(r.Register(m.requests), r.Register(m.seconds), r.Register(m.panels))
}
