package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"limnograph"
	"limnograph/access"
	"limnograph/cmd/limno/internal/config"
	"limnograph/web"
)

const (
	shutdownGrace = 15 * time.Second // how long requests in flight may take to end
	lastHandlers  = 10 * time.Second // how long handlers may take to notice that their connection was closed
)

// server is a whole Limnograph on one listener.
type server struct {
	*lake
	cfg      config.Config
	log      *slog.Logger
	token    string
	web      *web.Server
	audit    *auditFile
	handler  http.Handler
	listener net.Listener
	pprof    net.Listener
	inFlight inFlight
}

// serverOptions are what a command adds to the configuration.
type serverOptions struct {
	command  string
	reload   func() (config.Config, error)
	progress func() *web.Progress // nil: none
	glue     *glueSettings        // whose Glue APIs are asked; nil: as the configuration says
}

// newServer listens and opens the data directory; it serves once run is called.
func newServer(ctx context.Context, cfg config.Config, log *slog.Logger, opt serverOptions) (s *server, err error) {
	s = &server{cfg: cfg, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err = s.listen(cfg, log); err != nil {
		return s, err
	}
	if s.lake, err = openLake(ctx, cfg, log, opt); err != nil {
		return s, err
	}
	if err = s.openSecrets(); err != nil {
		return s, err
	}
	if err = s.buildHandler(opt); err != nil {
		return s, err
	}
	return s, s.lock.SetAddress(s.listener.Addr().String(), s.url())
}

func (s *server) openSecrets() (err error) {
	if s.token = s.cfg.Token; s.token == "" {
		if s.token, _, err = access.LoadOrCreateSecret(tokenPath(s.cfg.Data), rand.Reader); err != nil {
			return err
		}
	}
	s.audit, err = openAudit(auditPath(s.cfg.Data), auditKeep, func(err error) { s.log.Error("audit file cannot be put aside; it grows on", "err", err) })
	return err
}

func (s *server) buildHandler(opt serverOptions) (err error) {
	registerProcess(s.registry, version)
	if s.web, err = web.New(s.webConfig(opt)); err != nil {
		return err
	}
	s.handler = s.inFlight.count(route(s.delivery, s.web.Handler()))
	return nil
}

func (s *server) webConfig(opt serverOptions) web.Config {
	guard := guarded(s.engine, s.audit)
	wc := web.Config{
		Engine: guard, Exporter: guard, Authenticate: access.NewTokens(s.token, access.CollectorToken{Token: s.cfg.Collector.Token}).Authenticate,
		Files: s.files, Panels: s.panels, Progress: opt.progress, Import: s.imports, ImportHint: s.importHint, WaitsFor: s.waitsFor, KeepFor: s.keepFor, Ready: s.isReady,
		Registry: s.registry, Version: version, AllowedHosts: allowedHosts(s.cfg), SpoolDir: tempDir(s.cfg.Data), Logger: s.log,
	}
	if s.collecting != nil {
		wc.Collect, wc.CollectorStatus = s.collecting.audited(guard), s.collecting.status
	}
	if s.core != nil {
		wc.Verify, wc.Rebuild = verifyWork().maintainer(s.core, guard), rebuildWork().maintainer(s.core, guard)
	}
	return wc
}

// isReady reports nil when everything that the mode checks holds.
func (s *server) isReady(ctx context.Context) error {
	for _, check := range s.ready {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// guarded puts access control before the engine; each access leaves a line in audit.
func guarded(engine limnograph.Engine, audit *auditFile) *access.Guard {
	return access.New(engine, slog.New(slog.NewJSONHandler(audit, nil)), nil)
}

// listen comes first: a taken port leaves no trace in the data directory.
func (s *server) listen(cfg config.Config, log *slog.Logger) (err error) {
	if s.listener, err = listenMain(cfg, log); err != nil {
		return err
	}
	if cfg.Pprof.Listen != "" {
		if s.pprof, err = net.Listen("tcp", cfg.Pprof.Listen); err != nil {
			return fmt.Errorf("listen for pprof: %w (choose another address with --pprof-listen)", err)
		}
	}
	return nil
}

// url is where the server can be reached from this machine.
func (s *server) url() string {
	scheme := "http"
	if s.cfg.TLS.CertFile != "" {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// run serves until ctx ends, then stops in order: no more requests, everything sealed, everything catalogued.
// beside runs next to the server; its error stops it, its end does not.
func (s *server) run(ctx context.Context, beside ...func(context.Context) error) error {
	g, gctx := errgroup.WithContext(ctx)
	lakeCtx, stopLake := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error { return s.lake.run(lakeCtx) })
	for _, f := range beside {
		g.Go(func() error { return f(gctx) })
	}
	g.Go(func() error { defer stopLake(); return s.serveHTTP(gctx) })
	err := g.Wait()
	return errors.Join(err, s.close())
}

// close releases everything once no handler works with it any more.
func (s *server) close() error {
	s.inFlight.wait(lastHandlers)
	if s.web != nil {
		s.web.Close()
	}
	var errs []error
	for _, l := range []net.Listener{s.listener, s.pprof} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if s.lake != nil {
		errs = append(errs, s.lake.close())
	}
	if s.audit != nil {
		errs = append(errs, s.audit.Close())
	}
	return errors.Join(errs...)
}

// tempDir holds what queries spill and imports spool; on the data disk, because the system's may be memory.
func tempDir(data string) string { return filepath.Join(data, "tmp") }

func tokenPath(data string) string { return filepath.Join(data, "admin-token") }
