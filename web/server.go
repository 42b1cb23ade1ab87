package web

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"limnograph"
	"limnograph/panel"
)

// Server answers the HTTP API and the page. Close it to end its background work.
type Server struct {
	cfg       Config
	log       *slog.Logger
	panels    map[string]panel.Panel
	page      *page
	hosts     hosts
	sessions  *sessions
	metrics   metrics
	results   *results
	freshness freshness
	past      pastRows
	readiness singleflight.Group
	api       huma.API
	handler   http.Handler
}

// New checks cfg and builds the server. Errors: CodeInvalid (a required field is missing), CodeInternal (broken
// embedded files, or metrics that are registered already).
func New(cfg Config) (*Server, error) {
	if cfg.Engine == nil || cfg.Authenticate == nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "build web server", Message: "Engine and Authenticate are required"}
	}
	s := &Server{cfg: cfg.withDefaults()}
	s.log = s.cfg.Logger
	if err := s.build(); err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInternal, Op: "build web server", Err: err}
	}
	return s, nil
}

func (s *Server) build() error {
	var pageErr, panelErr, metricErr error
	s.page, pageErr = openPage(s.cfg.Page)
	s.panels, panelErr = panel.Builtin(s.cfg.Panels)
	s.metrics, metricErr = newMetrics(s.cfg.Registry)
	if err := errors.Join(pageErr, panelErr, metricErr); err != nil {
		return err
	}
	s.hosts = newHosts(s.cfg.AllowedHosts)
	s.sessions = newSessions(s.cfg.Now, s.cfg.Random)
	s.results = newResults(s.cfg.Now, s.cfg.RequestTimeout, s.cfg.KeepFor, s.metrics.panels)
	handler, err := s.routes()
	s.handler = handler
	return err
}

// routes nests the guards from the outside to the inside.
func (s *Server) routes() (http.Handler, error) {
	api, err := s.newAPI()
	if err != nil {
		return nil, err
	}
	pages := s.takeToken(http.HandlerFunc(s.servePage))
	metrics := s.serveMetrics()
	route := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			serveHealth(w, r)
		case r.URL.Path == "/readyz":
			s.serveReady(w, r)
		case r.URL.Path == "/metrics":
			metrics.ServeHTTP(w, r)
		case r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/"):
			api.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	}
	return s.observe(secure(s.checkHost(http.HandlerFunc(route)))), nil
}

// Handler returns the handler of everything but the delivery endpoint.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends background refreshes and waits for them. Requests that still need a query fail from then on.
func (s *Server) Close() { s.results.close() }

func (c Config) withDefaults() Config {
	if c.Files == nil {
		c.Files = func() *limnograph.FileSet { return nil }
	}
	if c.Panels == "" {
		c.Panels = panel.Curated
	}
	if c.Progress == nil {
		c.Progress = func() *Progress { return nil }
	}
	if c.Ready == nil {
		c.Ready = alwaysReady
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.Version == "" {
		c.Version = "devel"
	}
	if c.SpoolDir == "" {
		c.SpoolDir = os.TempDir()
	}
	if c.MaxObject == 0 {
		c.MaxObject = 1 << 30
	}
	if c.RequestTimeout == 0 {
		c.RequestTimeout = time.Minute
	}
	return c.withAmbient()
}

func (c Config) withAmbient() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}
