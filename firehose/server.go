package firehose

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

const (
	defaultMaxBody     = 64 << 20 // Firehose's own limit, before compression
	defaultMaxInFlight = 512 << 20
	defaultReadTimeout = 60 * time.Second
	defaultMinRate     = 16 << 10
)

// Appender lands a batch. It may keep references into b until it returns; nil means that b is durable. An error with
// limnograph.CodeUnavailable or CodeTimeout is answered with 503, every other one with 500.
type Appender interface {
	Append(ctx context.Context, b *limnograph.Batch) error
}

// Config holds the optional settings of a Server. The zero value works.
type Config struct {
	// MaxBody is the greatest body in bytes, after inflation; a greater one is answered with 413, which makes
	// Firehose drop the data. 0: 64 MiB, the most that Firehose sends.
	MaxBody int64
	// MaxInFlight bounds the bytes that all deliveries in progress may hold; beyond it the answer is 503. A
	// delivery holds up to twice its inflated body. 0: 512 MiB. At least 2 x MaxBody.
	MaxInFlight int64
	// ReadTimeout bounds the time from the end of the header to the end of the body. 0: 60 s.
	ReadTimeout time.Duration
	// MinRate is how many bytes a second a sender must keep up, on average, after a sixth of ReadTimeout. 0: 16 KiB.
	MinRate int64
	// Logger gets one line for each refused delivery. nil: none.
	Logger *slog.Logger
	// Now is the clock of arrival times and answers. nil: time.Now.
	Now func() time.Time
	// NewID makes the request id of an answer to a request that has none. nil: random UUIDs.
	NewID func() string
	// Registerer takes the metrics limno_firehose_*. nil: they are kept, but not published.
	Registerer prometheus.Registerer
}

// Server answers everything under /firehose/. It is an http.Handler and safe for concurrent use.
type Server struct {
	app     Appender
	keys    func() []AccessKey
	cfg     Config
	gate    gate
	spaces  *workspaces
	metrics *metrics
}

var _ http.Handler = (*Server)(nil)

// New returns a server that appends to app. keys is asked at each request, so a changed key needs no restart;
// tableOf names the table of a namespace. Errors: CodeInvalid (configuration).
func New(app Appender, keys func() []AccessKey, tableOf func(namespace string) string, cfg Config) (*Server, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	s := &Server{app: app, keys: keys, cfg: cfg, gate: gate{limit: cfg.MaxInFlight}, spaces: newWorkspaces(tableOf)}
	if s.metrics, err = newMetrics(cfg.Registerer, s.gate.held); err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "register firehose metrics", Err: err}
	}
	return s, nil
}

func (c Config) complete() (Config, error) {
	c.MaxBody = orDefault(c.MaxBody, defaultMaxBody)
	c.MaxInFlight = orDefault(c.MaxInFlight, max(defaultMaxInFlight, 2*c.MaxBody))
	c.ReadTimeout = orDefault(c.ReadTimeout, defaultReadTimeout)
	c.MinRate = orDefault(c.MinRate, defaultMinRate)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = uuid.NewString
	}
	return c, c.check()
}

func (c Config) check() error {
	message, hint := "", ""
	switch {
	case c.MaxBody < 0 || c.MaxInFlight < 0 || c.ReadTimeout < 0 || c.MinRate < 0:
		message, hint = "a limit is negative", "use 0 for the default"
	case c.MaxInFlight < 2*c.MaxBody:
		message = fmt.Sprintf("max in flight (%d bytes) is less than twice max body (%d bytes)", c.MaxInFlight, c.MaxBody)
		hint = "raise the former or lower the latter, or no delivery of full size is ever accepted"
	default:
		return nil
	}
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "configure firehose", Message: message, Hint: hint}
}

func orDefault[T ~int64](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// ServeHTTP answers one request in the protocol's form, whatever happens.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.cfg.Now()
	d := &delivery{r: r, rc: http.NewResponseController(w), headerID: r.Header.Get(headerRequestID)}
	a := s.answer(d)
	if a.requestID = d.requestID(); a.requestID == "" {
		a.requestID = s.cfg.NewID()
	}
	s.log(d, a)
	s.metrics.answered(a.status, s.cfg.Now().Sub(began))
	a.write(w, s.cfg.Now())
}

// answer runs the delivery and turns its outcome, a panic included, into an answer.
func (s *Server) answer(d *delivery) (a answer) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler { //nolint:errorlint // the panic value itself is the sentinel
			panic(p)
		}
		err := &limnograph.Error{Op: "deliver", Message: fmt.Sprint("panic: ", p)}
		s.cfg.Logger.Error("panic in a delivery", "err", err, "stack", string(debug.Stack()))
		a = answerFor(err)
	}()
	return answerFor(s.deliver(d))
}

func (s *Server) log(d *delivery, a answer) {
	if a.status == http.StatusOK {
		return
	}
	level := slog.LevelWarn
	if a.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.cfg.Logger.Log(d.r.Context(), level, "delivery refused", "code", a.status, "stream", d.stream, "sender", d.key.Name,
		"request_id", a.requestID, "remote", d.r.RemoteAddr, "err", a.cause)
}
