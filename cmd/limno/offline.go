package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/access"
	"limnograph/cataloging"
	"limnograph/cmd/limno/internal/config"
	"limnograph/duckdb"
	"limnograph/localdir"
	"limnograph/sqlite"
	"limnograph/web"
)

// localClient asks a server on this machine; its certificate names the outside world, so it is not checked there.
func localClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec // loopback address from our own lock file
	}}
}

// openOffline opens a data directory that no server holds, read-only, and answers through the same API in process.
func openOffline(ctx context.Context, cfg config.Config) (t *apiTarget, err error) {
	if _, err := os.Stat(catalogPath(cfg.Data)); err != nil {
		return nil, fmt.Errorf("%s holds no Limnograph data and no server is running there (start `limno serve`, or name another --data or --url)", cfg.Data)
	}
	var closers []func() error
	closeAll := func() error {
		var errs []error
		for i := len(closers) - 1; i >= 0; i-- {
			errs = append(errs, closers[i]())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	lock, err := localdir.AcquireLock(cfg.Data, "limno query", time.Now())
	if err != nil {
		return nil, err
	}
	closers = append(closers, lock.Release)
	store, err := localdir.Open(cfg.Data)
	if err != nil {
		return nil, err
	}
	unsealed, err := store.Names(ctx)
	if err != nil {
		return nil, err
	}
	engine, closeEngine, err := offlineEngine(ctx, cfg, store)
	if err != nil {
		return nil, err
	}
	closers = append(closers, closeEngine)
	audit, err := openAudit(auditPath(cfg.Data), auditKeep, func(error) {})
	if err != nil {
		return nil, err
	}
	closers = append(closers, audit.Close)
	handler, closeWeb, err := offlineAPI(engine, audit)
	if err != nil {
		return nil, err
	}
	closers = append(closers, closeWeb)
	return &apiTarget{
		url: "http://localhost", token: offlineToken, client: &http.Client{Transport: handlerTransport{handler}},
		note: unsealedNote(unsealed), close: closeAll,
	}, nil
}

// offlineToken opens the API inside this process; nobody else can reach it.
const offlineToken = "in-process"

// unsealedNote says that a server ended abruptly and left acknowledged lines that only its next start publishes.
func unsealedNote(segments []string) string {
	if len(segments) == 0 {
		return ""
	}
	return fmt.Sprintf("note: %d unsealed segments of a server that was killed are not in this answer; start `limno serve` once to publish them", len(segments))
}

func offlineEngine(ctx context.Context, cfg config.Config, store *localdir.Store) (*duckdb.Engine, func() error, error) {
	catalog, err := sqlite.Open(ctx, catalogPath(cfg.Data), true)
	if err != nil {
		return nil, nil, err
	}
	files, err := cataloging.Snapshot(ctx, catalog, catalog)
	if err = errors.Join(err, catalog.Close()); err != nil {
		return nil, nil, err
	}
	temp, err := os.MkdirTemp("", "limno-query-")
	if err != nil {
		return nil, nil, err
	}
	engine, err := duckdb.Open(ctx, duckdb.Config{
		Files: func() *limnograph.FileSet { return files }, Path: store.Path, TempDir: temp,
		MemoryLimit: int64(cfg.Query.MemoryLimit), Threads: cfg.Query.Threads, Timeout: cfg.Query.Timeout.Std(),
	})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(temp))
	}
	return engine, func() error { return errors.Join(engine.Close(), os.RemoveAll(temp)) }, nil
}

func offlineAPI(engine *duckdb.Engine, audit io.Writer) (http.Handler, func() error, error) {
	quiet := slog.New(slog.DiscardHandler)
	guard := access.New(engine, slog.New(slog.NewJSONHandler(audit, nil)), time.Now)
	s, err := web.New(web.Config{
		Engine: guard, Exporter: guard, Authenticate: access.NewTokens(offlineToken).Authenticate,
		Files: func() *limnograph.FileSet { return &limnograph.FileSet{} }, Ready: func(context.Context) error { return nil },
		Registry: prometheus.NewRegistry(), Version: version, Logger: quiet, Now: time.Now, Random: rand.Reader,
	})
	if err != nil {
		return nil, nil, err
	}
	return s.Handler(), func() error { s.Close(); return nil }, nil
}

// handlerTransport answers a client's requests by calling a handler in this process.
type handlerTransport struct{ handler http.Handler }

// RoundTrip runs the handler beside the reader of the answer, so that large results stream.
func (t handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	r, w := io.Pipe()
	rec := &pipeRecorder{header: http.Header{}, body: w, ready: make(chan int, 1)}
	if req.Body == nil {
		req.Body = http.NoBody
	}
	req.Host = req.URL.Host
	go rec.answer(t.handler, req)
	status := <-rec.ready
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header.Clone(), Body: r, ContentLength: -1, Request: req,
	}, nil
}

// pipeRecorder hands a handler's answer to the transport as it is written.
type pipeRecorder struct {
	header http.Header
	body   *io.PipeWriter
	ready  chan int
	sent   bool
}

// answer runs the handler to its end. A handler that breaks off, as for a result that fails in the middle, makes the
// reader fail too.
func (p *pipeRecorder) answer(h http.Handler, req *http.Request) {
	defer func() {
		p.WriteHeader(http.StatusOK)
		if broken := recover(); broken != nil {
			p.body.CloseWithError(fmt.Errorf("the answer broke off: %v", broken))
			return
		}
		p.body.CloseWithError(nil)
	}()
	h.ServeHTTP(p, req)
}

// Header returns the header that WriteHeader will send.
func (p *pipeRecorder) Header() http.Header { return p.header }

// WriteHeader releases the transport with the status; later calls do nothing.
func (p *pipeRecorder) WriteHeader(status int) {
	if !p.sent {
		p.sent = true
		p.ready <- status
	}
}

// Write sends a piece of the body.
func (p *pipeRecorder) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.body.Write(b)
}

// Flush does nothing: nothing is held back.
func (p *pipeRecorder) Flush() {}
