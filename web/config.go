package web

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/panel"
)

// Exporter writes a result as a Parquet file. Errors are those of limnograph.Engine.
type Exporter interface {
	Export(ctx context.Context, p limnograph.Principal, q limnograph.Query, w io.Writer) error
}

// Progress tells how far a long piece of work is, for the page.
type Progress = panel.Progress

// ImportRequest is one object to import. Open may be called more than once; the content is gone after Import returns.
type ImportRequest struct {
	Name     string    // the object's key, which may hold its arrival time
	Modified time.Time // zero: unknown
	Sender   string    // who delivered it; empty: the importer's default
	Open     func() (io.ReadCloser, error)
}

// ImportResult says what an import did.
type ImportResult struct {
	Skipped  bool      `json:"skipped" doc:"the object was imported before: nothing changed"`
	Lines    int64     `json:"lines" doc:"datapoints landed"`
	Rejected int64     `json:"rejected" doc:"pieces that went to quarantine"`
	Format   string    `json:"format" doc:"how the object was compressed"`
	Arrival  time.Time `json:"arrival" doc:"the arrival time it was given"`
}

// Config holds what the server needs. Engine and Authenticate are required, everything else may stay zero.
type Config struct {
	Engine       limnograph.Engine
	Exporter     Exporter // nil: Parquet is refused
	Authenticate func(token string) (limnograph.Principal, bool)

	Files    func() *limnograph.FileSet                                       // nil, or a nil answer: nothing is published yet
	Panels   panel.Source                                                     // what the panels read; empty: panel.Curated
	Progress func() *Progress                                                 // nil, or a nil answer: nothing is under way
	Import   func(ctx context.Context, r ImportRequest) (ImportResult, error) // nil: imports are refused
	Ready    func(ctx context.Context) error                                  // nil: always ready
	Verify   Maintainer                                                       // compares curated tables with landing; nil: refused
	Rebuild  Maintainer                                                       // makes curated tables anew from landing; nil: refused
	// Collect asks about one run, for a direct call or for an event as EventBridge delivers it, and answers with what is known
	// then. It must be idempotent. nil: refused.
	Collect func(ctx context.Context, p limnograph.Principal, body []byte) (result any, err error)
	// CollectorStatus tells what the collector does; nil: there is none.
	CollectorStatus func() any
	// KeepFor is how long an answer of the page is shown before it is asked again, whatever is published meanwhile; for
	// engines that charge by query. 0: what is published shows at once.
	KeepFor time.Duration
	// MaintainHint says what to do instead while Verify and Rebuild are refused; empty: ask another server.
	MaintainHint string
	// ImportHint says what to do instead while imports are refused; empty: import into another server.
	ImportHint string
	WaitsFor   string               // what has to happen before there is data, where nothing is delivered to this server; empty: deliveries
	Registry   *prometheus.Registry // nil: a new one

	Version      string   // shown by the status; empty: "devel"
	AllowedHosts []string // further host names, with or without port; loopback names and the address a request came in on are always allowed

	Page fs.FS // the files of the page, with index.html; nil: the embedded ones

	SpoolDir       string        // where request bodies of imports wait; empty: the system's temporary directory
	MaxObject      int64         // greatest object to import, in bytes; 0: 1 GiB
	RequestTimeout time.Duration // for every request but imports and query streams; 0: 60 s

	Logger *slog.Logger     // nil: nothing is logged
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nil: crypto/rand
}
