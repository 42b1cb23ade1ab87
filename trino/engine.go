package trino

import (
	"context"
	"database/sql"
	"net/http"

	client "github.com/trinodb/trino-go-client/trino"

	"limnograph"
)

// Engine answers queries over the published tables of one catalogue. It is safe for concurrent use.
type Engine struct {
	cfg   Config
	http  *http.Client
	db    *sql.DB
	slots chan struct{} // one for each query that may run
}

var _ limnograph.Engine = (*Engine)(nil)

// Open prepares an engine; the cluster is not asked before the first query. Errors: CodeInvalid (cfg).
func Open(cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, http: watched(cfg.HTTPClient, cfg.origin()), slots: make(chan struct{}, cfg.MaxConcurrent)}
	connector, err := e.connector()
	if err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "open trino engine", Message: "the client refuses the settings"}
	}
	e.db = sql.OpenDB(connector)
	e.db.SetMaxIdleConns(cfg.MaxConcurrent)
	return e, nil
}

// connector configures the client. Times without a zone are UTC; parameters never reach it (they are bound as
// literals), so nothing is prepared on the server.
func (e *Engine) connector() (*client.Connector, error) {
	server, err := e.cfg.server()
	if err != nil {
		return nil, err
	}
	attempts := maxAttempts
	return client.NewConnector(&client.Config{
		ServerURI: server, Source: sourceName, Catalog: e.cfg.Catalog, Schema: e.cfg.Schema, TimeZone: "UTC",
		HTTPClient: e.http, RequestRetryTimeout: &e.cfg.RetryFor, RequestRetryMaxAttempts: &attempts,
	})
}

// Close gives back the connections. No query may run.
func (e *Engine) Close() error {
	err := e.db.Close()
	e.http.CloseIdleConnections()
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInternal, Op: "close trino engine", Err: err}
	}
	return nil
}

// Query runs q. A range restricts the partitions that are read, not the rows. The principal is not looked at here
// (package access does). Errors: CodeInvalid (SQL, with line and column), CodeForbidden (names outside the published
// ones), CodeNotFound (a table of our own text is missing), CodeTimeout, CodeTooLarge, CodeUnavailable (the cluster is
// busy, out of memory or not reachable; the caller has gone: then also context.Canceled).
func (e *Engine) Query(ctx context.Context, _ limnograph.Principal, q limnograph.Query) (limnograph.Rows, error) {
	s, err := e.begin(ctx, q)
	if err != nil {
		return nil, err
	}
	text, err := e.statement(s.ctx, q)
	if err != nil {
		return nil, s.fail("prepare query", err)
	}
	result, err := e.db.QueryContext(s.ctx, text, s.session())
	if err != nil {
		return nil, s.fail("run query", err)
	}
	r, err := newRows(s, result)
	if err != nil {
		return nil, s.fail("run query", err)
	}
	return r, nil
}
