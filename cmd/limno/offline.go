package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"limnograph"
	"limnograph/access"
	"limnograph/cataloging"
	"limnograph/cmd/limno/internal/config"
	"limnograph/duckdb"
	"limnograph/iceberg"
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

// offline is what no server holds, opened to be read.
type offline struct {
	engine  limnograph.Engine
	audit   *auditFile
	web     *web.Server
	note    string
	closers []func() error // in the order of opening
}

// offlineToken opens the API inside this process; nobody else can reach it.
const offlineToken = "in-process"

// openOffline opens the data directory or the bucket, and answers through the same API as a server, in process.
func openOffline(ctx context.Context, cfg config.Config) (*apiTarget, error) {
	open := openDirectoryOffline
	if cfg.InBucket() {
		open = openBucketOffline
	}
	o := &offline{}
	err := open(ctx, cfg, o)
	if err == nil {
		err = o.openWeb(cfg)
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	client := &http.Client{Transport: handlerTransport{o.web.Handler()}}
	return &apiTarget{url: "http://localhost", token: offlineToken, client: client, note: o.note, close: o.close}, nil
}

// after remembers what is to be closed at the end, the last one first.
func (o *offline) after(end func() error) { o.closers = append(o.closers, end) }

func (o *offline) openWeb(cfg config.Config) (err error) {
	if o.audit, err = openAudit(auditPath(cfg.Data), auditKeep, func(error) {}); err != nil {
		return err
	}
	guard := guarded(o.engine, o.audit)
	o.web, err = web.New(web.Config{
		Engine: guard, Exporter: guard, Authenticate: access.NewTokens(offlineToken).Authenticate, Version: version,
	})
	return err
}

// openDirectoryOffline fills o; after an error o holds what was opened.
func openDirectoryOffline(ctx context.Context, cfg config.Config, o *offline) error {
	if err := needsData(cfg); err != nil {
		return err
	}
	lock, err := localdir.AcquireLock(cfg.Data, "limno query", time.Now())
	if err != nil {
		return err
	}
	o.after(lock.Release)
	store, err := localdir.Open(cfg.Data)
	if err != nil {
		return err
	}
	unsealed, err := store.Names(ctx)
	if err != nil {
		return err
	}
	o.note = unsealedNote(unsealed)
	files, err := directoryFiles(ctx, cfg, store)
	if err != nil {
		return err
	}
	return o.openDuckDB(ctx, cfg, duckdb.Config{Files: func() *limnograph.FileSet { return files }, Path: store.Path})
}

// needsData refuses a data directory that nobody has landed anything in; it makes nothing.
func needsData(cfg config.Config) error {
	if _, err := os.Stat(catalogPath(cfg.Data)); err != nil {
		return fmt.Errorf("%s holds no Limnograph data and no server is running there (start `limno serve`, or name another --data or --url)", cfg.Data)
	}
	return nil
}

// openDuckDB opens DuckDB with a temporary folder of its own.
func (o *offline) openDuckDB(ctx context.Context, cfg config.Config, duck duckdb.Config) (err error) {
	if duck.TempDir, err = os.MkdirTemp("", "limno-query-"); err != nil {
		return err
	}
	o.after(func() error { return os.RemoveAll(duck.TempDir) })
	e, err := openDuckDB(ctx, cfg.Query, duck)
	if err != nil {
		return err
	}
	o.engine = e
	o.after(e.Close)
	return nil
}

// directoryFiles reads what a data directory publishes; one without curated tables has none.
func directoryFiles(ctx context.Context, cfg config.Config, store *localdir.Store) (*limnograph.FileSet, error) {
	if _, err := os.Stat(filepath.Join(cfg.Data, "lake")); errors.Is(err, fs.ErrNotExist) {
		return publishedFiles(ctx, cfg, nil)
	}
	root, err := filepath.Abs(cfg.Data)
	if err != nil {
		return nil, err
	}
	curated, err := iceberg.Open(ctx, iceberg.Config{Root: root, Objects: store})
	if err != nil {
		return nil, err
	}
	files, err := publishedFiles(ctx, cfg, curated)
	return files, errors.Join(err, curated.Close())
}

// publishedFiles reads what the catalogue holds, and the newest states of the curated tables; curated may be nil.
func publishedFiles(ctx context.Context, cfg config.Config, curated limnograph.SnapshotReader) (*limnograph.FileSet, error) {
	catalog, err := sqlite.Open(ctx, catalogPath(cfg.Data), true)
	if err != nil {
		return nil, err
	}
	files, err := cataloging.Snapshot(ctx, catalog, catalog)
	if err = errors.Join(err, catalog.Close()); err != nil || curated == nil {
		return files, err
	}
	schemas := recordSchemas()
	for _, t := range files.Tables {
		schemas = append(schemas, t.Schema)
	}
	snapshots, err := currentSnapshots(ctx, curated, schemas)
	if err != nil {
		return nil, err
	}
	return joined(files, snapshots, schemas), nil
}

// unsealedNote says that a server ended abruptly and left acknowledged lines that only its next start publishes.
func unsealedNote(segments []string) string {
	if len(segments) == 0 {
		return ""
	}
	return fmt.Sprintf("note: %d unsealed segments of a server that was killed are not in this answer; start `limno serve` once to publish them", len(segments))
}

// close gives everything back.
func (o *offline) close() error {
	if o.web != nil {
		o.web.Close()
	}
	var errs []error
	if o.audit != nil {
		errs = append(errs, o.audit.Close())
	}
	return errors.Join(append(errs, closeAll(o.closers))...)
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
