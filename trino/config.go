package trino

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"limnograph"
)

// Config says which cluster answers, and how much is asked of it. URL, User, Schema and Published are required.
type Config struct {
	URL      string // of the coordinator, such as https://trino.example.net:8443; no user, no path
	User     string // who Trino sees as the asker
	Password string // only over https; empty: none
	Catalog  string // empty: awsdatacatalog
	Schema   string // the database that holds the published tables

	// Published lists the schemas whose tables and views exist. It is asked for each query.
	Published func(ctx context.Context) ([]limnograph.Schema, error)

	HTTPClient    *http.Client  // nil: a client of our own
	Timeout       time.Duration // of one query, waiting and reading included; 0: 2 min
	MaxConcurrent int           // queries at a time, the others wait; 0: 8
	RetryFor      time.Duration // how long a request is sent again to a coordinator that does not answer; 0: 5 s
}

// The limits that a Config leaves open.
const (
	defaultTimeout = 2 * time.Minute
	defaultRetry   = 5 * time.Second
	maxAttempts    = 20
	killTimeout    = 10 * time.Second
	sourceName     = "limno"
)

func (c Config) withDefaults() (Config, error) {
	if err := c.check(); err != nil {
		return c, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "open trino engine", Message: err.message, Hint: err.hint,
		}
	}
	c.Catalog = cmp.Or(c.Catalog, "awsdatacatalog")
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.MaxConcurrent = cmp.Or(c.MaxConcurrent, 8)
	c.RetryFor = cmp.Or(c.RetryFor, defaultRetry)
	return c, nil
}

// fault is what is wrong with a Config. It never holds the URL as written: that may have a password in it.
type fault struct{ message, hint string }

func (c Config) check() *fault {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "" || c.User == "" || c.Schema == "" || c.Published == nil:
		return &fault{"URL, User, Schema and Published are required", ""}
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return &fault{"the URL of the coordinator is not an http or https address", "write it like https://trino.example.net:8443"}
	case u.User != nil:
		return &fault{"the URL of the coordinator holds a user", "give user and password as settings of their own"}
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return &fault{"the URL of the coordinator has more than host and port", "give catalog and schema as settings of their own"}
	case c.Password != "" && u.Scheme != "https":
		return &fault{"a password would go over the network in plain text", "use the https address of the coordinator"}
	}
	return nil
}

// server is the address in the form the client takes it.
func (c Config) server() (string, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return "", err
	}
	u.Path = ""
	u.User = url.User(c.User)
	if c.Password != "" {
		u.User = url.UserPassword(c.User, c.Password)
	}
	return u.String(), nil
}

// origin is the scheme, host and port of the coordinator.
func (c Config) origin() string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return "" // check has refused it
	}
	return origin(u)
}

// timeout returns the limit of a query: its own, but never more than the engine's.
func (c Config) timeout(q limnograph.Query) time.Duration {
	if q.Timeout <= 0 || q.Timeout > c.Timeout {
		return c.Timeout
	}
	return q.Timeout
}
