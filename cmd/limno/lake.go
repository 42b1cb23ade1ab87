package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
	"limnograph/localdir"
	"limnograph/panel"
	"limnograph/web"
)

// engine answers queries until it is closed.
type engine interface {
	limnograph.Engine
	Close() error
}

// importer imports one object.
type importer func(context.Context, web.ImportRequest) (web.ImportResult, error)

// lake is what a server stands on: where the objects are, what is published of them, who answers queries, and what goes
// on in the background. Each mode has a function that makes one.
type lake struct {
	registry *prometheus.Registry
	lock     *localdir.Lock // of the data directory, which every mode has

	files      func() *limnograph.FileSet      // what is published
	panels     panel.Source                    // what the page reads
	engine     engine                          // who answers
	ready      []func(context.Context) error   // what must hold for the server to be ready
	delivery   http.Handler                    // of everything below /firehose/
	keyring    *keyring                        // who may deliver; nil: nobody
	imports    importer                        // nil: refused
	importHint string                          // what to do instead
	collecting *collecting                     // where runs come in; nil: nowhere
	core       *core                           // what verification and rebuild work on; nil: refused
	waitsFor   string                          // what has to happen before there is data; empty: a delivery
	keepFor    time.Duration                   // how long an answer of the page is shown; 0: until something is published
	waiting    func() int64                    // acknowledged lines that are not in their curated tables yet; nil where there are none
	about      []fact                          // for the person who starts the server
	run        func(ctx context.Context) error // the work in the background; ends with ctx, and finishes what it took
	close      func() error                    // gives everything back, the engine too
}

// fact is a line of what a person is told.
type fact struct{ name, text string }

// openLake takes the data directory and opens what the configuration asks for.
func openLake(ctx context.Context, cfg config.Config, log *slog.Logger, opt serverOptions) (*lake, error) {
	if cfg.InBucket() {
		return bucketLake(ctx, cfg, log, opt.command)
	}
	return directoryLake(ctx, cfg, log, opt)
}
