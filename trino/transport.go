package trino

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// watched returns a copy of a client that feeds the watch of each query and asks nobody but the coordinator.
func watched(c *http.Client, coordinator string) *http.Client {
	if c == nil {
		c = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	copied := *c
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	copied.Transport = &transport{base: base, coordinator: coordinator}
	return &copied
}

// transport looks at the requests that belong to a query.
type transport struct {
	base        http.RoundTripper
	coordinator string // its origin
}

// errElsewhere is about a coordinator that gives the address of a page on another server: following it would give the
// password, and the query, to whoever that is.
var errElsewhere = errors.New("the coordinator refers to another address")

// origin is what a password is for: scheme, host and port.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// CloseIdleConnections passes the call on: http.Client asks its transport for it.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip sends the request. It takes back the client's wish for spooled results: they would be fetched by several
// workers at a time, from wherever the cluster keeps them.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if at := origin(req.URL); at != t.coordinator {
		return nil, fmt.Errorf("%w: %s", errElsewhere, at)
	}
	w, ok := req.Context().Value(watchKey{}).(*watch)
	if !ok || !strings.HasPrefix(req.URL.Path, statementPath) {
		return t.base.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	req.Header.Del("X-Trino-Query-Data-Encoding")
	if req.Method == http.MethodGet {
		w.asked(req.URL.String())
	}
	resp, err := t.base.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusOK && req.Method != http.MethodDelete {
		resp.Body = &page{ReadCloser: resp.Body, watch: w}
	}
	return resp, err
}

// page keeps the beginning and the end of an answer while it is read.
type page struct {
	io.ReadCloser
	watch *watch
	head  []byte
	tail  []byte
}

// Read passes the bytes on.
func (p *page) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if room := headBytes - len(p.head); room > 0 {
		p.head = append(p.head, b[:min(n, room)]...)
	}
	p.tail = append(p.tail, b[:n]...)
	if extra := len(p.tail) - tailBytes; extra > tailBytes {
		p.tail = append(p.tail[:0], p.tail[extra:]...)
	}
	return n, err
}

// Close hands what was kept to the watch.
func (p *page) Close() error {
	p.watch.answered(p.head, p.tail)
	return p.ReadCloser.Close()
}
