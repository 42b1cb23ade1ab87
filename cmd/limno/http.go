package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"limnograph/cmd/limno/internal/config"
)

// serveHTTP serves both listeners until ctx ends and the requests in flight are answered.
func (s *server) serveHTTP(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveListener(gctx, s.listener, mainServer(s.handler, s.log)) })
	if s.pprof != nil {
		g.Go(func() error { return serveListener(gctx, s.pprof, mainServer(pprofHandler(), s.log)) })
	}
	return g.Wait()
}

// mainServer limits headers and idle connections; bodies are limited by the handlers, which know what they expect.
func mainServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 3 * time.Minute, MaxHeaderBytes: 256 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// route gives every path of the delivery protocol to its server, which answers mistakes in the protocol's form too; a
// ServeMux would redirect some of them, and Firehose follows no redirect.
func route(hose, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := strings.TrimLeft(r.URL.Path, "/"); path == "firehose" || strings.HasPrefix(path, "firehose/") {
			hose.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

// inFlight counts the handlers at work, because http.Server.Close does not wait for them.
type inFlight struct{ handlers sync.WaitGroup }

func (f *inFlight) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.handlers.Add(1)
		defer f.handlers.Done()
		h.ServeHTTP(w, r)
	})
}

// wait returns when no handler works, or after limit.
func (f *inFlight) wait(limit time.Duration) {
	idle := make(chan struct{})
	go func() { f.handlers.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-time.After(limit):
	}
}

func serveListener(ctx context.Context, l net.Listener, srv *http.Server) error {
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := srv.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	if serveErr := <-done; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return err
}

func listenMain(cfg config.Config, log *slog.Logger) (net.Listener, error) {
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w (choose another address with --listen)", err)
	}
	if cfg.TLS.CertFile == "" {
		return l, nil
	}
	certs, err := newCertificateLoader(cfg.TLS.CertFile, cfg.TLS.KeyFile, time.Now, log)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certs.GetCertificate, NextProtos: []string{"http/1.1"}}), nil
}

func pprofHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// allowedHosts are the names under which a browser may ask for the page.
func allowedHosts(cfg config.Config) []string {
	hosts := append([]string(nil), cfg.AllowedHosts...)
	if host, _, err := net.SplitHostPort(cfg.Listen); err == nil && host != "" {
		if ip := net.ParseIP(host); ip == nil || !ip.IsUnspecified() {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
