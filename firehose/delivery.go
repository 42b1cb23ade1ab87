package firehose

import (
	"mime"
	"net/http"
	"strings"

	"limnograph"
)

// The protocol's headers.
const (
	headerProtocolVersion  = "X-Amz-Firehose-Protocol-Version"
	headerRequestID        = "X-Amz-Firehose-Request-Id"
	headerAccessKey        = "X-Amz-Firehose-Access-Key"
	headerCommonAttributes = "X-Amz-Firehose-Common-Attributes"

	protocolVersion = "1.0"
	pathPrefix      = "/firehose/v1/"

	maxStreamName   = 64
	streamNameBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
)

// delivery is one request on its way.
type delivery struct {
	r          *http.Request
	rc         *http.ResponseController
	headerID   string
	stream     string
	key        AccessKey
	attributes map[string]string
	gzipped    bool
	envelope   envelope
}

// requestID is the id to answer with; empty when the request has told none.
func (d *delivery) requestID() string {
	if d.headerID != "" {
		return d.headerID
	}
	return d.envelope.requestID
}

// deliver lands one delivery; nil means that it is durable.
func (s *Server) deliver(d *delivery) error {
	pace := newPace(d, s.cfg)
	if err := d.readHead(s.keys(), s.cfg.MaxBody); err != nil {
		return err
	}
	lease := &lease{gate: &s.gate}
	defer lease.release()
	w := s.spaces.take()
	if err := s.land(d, w, pace, lease); err != nil {
		s.spaces.put(w)
		return err
	}
	s.spaces.put(w) // not deferred: after a panic its state is unknown
	return nil
}

// readHead checks all that can be known without the body, the credential first.
func (d *delivery) readHead(keys []AccessKey, maxBody int64) (err error) {
	if d.stream, err = streamOf(d.r); err != nil {
		return err
	}
	if d.key, err = authenticate(d.r.Header, keys); err != nil {
		return err
	}
	if err := checkVersion(d.r.Header); err != nil {
		return err
	}
	if d.gzipped, err = bodyForm(d.r.Header); err != nil {
		return err
	}
	if n := d.r.ContentLength; n > wireLimit(maxBody) || n > maxBody && !d.gzipped {
		return tooLarge(maxBody)
	}
	d.attributes, err = commonAttributes(d.r.Header)
	return err
}

// streamOf takes the stream from the path.
func streamOf(r *http.Request) (string, error) {
	name, ok := strings.CutPrefix(r.URL.Path, pathPrefix)
	if !ok || name == "" || strings.Contains(name, "/") {
		return "", refuse(http.StatusNotFound, "nothing is served at this path: deliver to %s{stream}", pathPrefix)
	}
	if r.Method != http.MethodPost {
		e := refuse(http.StatusMethodNotAllowed, "%s is not allowed here: Data Firehose delivers by POST; ask /healthz whether the server is up", r.Method)
		e.allow = http.MethodPost
		return "", e
	}
	if len(name) > maxStreamName || strings.Trim(name, streamNameBytes) != "" || strings.Trim(name, ".") == "" {
		return "", refuse(http.StatusBadRequest, "the stream name in the path must have 1 to 64 characters of A-Z, a-z, 0-9, '_', '.' and '-', and not only dots")
	}
	return name, nil
}

func checkVersion(h http.Header) error {
	if v := h.Values(headerProtocolVersion); len(v) != 1 || v[0] != protocolVersion {
		return refuse(http.StatusBadRequest, "%s must be %s, once; it is %q", headerProtocolVersion, protocolVersion, v)
	}
	if n := len(h.Values(headerRequestID)); n > 1 {
		return refuse(http.StatusBadRequest, "%s stands %d times: once is allowed", headerRequestID, n)
	}
	return nil
}

// bodyForm reads the content headers and tells whether the body is compressed. A missing content type passes: the
// body is checked anyway.
func bodyForm(h http.Header) (gzipped bool, err error) {
	if text := h.Get("Content-Type"); text != "" {
		kind, _, err := mime.ParseMediaType(text)
		if err != nil || kind != "application/json" {
			return false, refuse(http.StatusUnsupportedMediaType, "content type %q is not supported: send application/json", text)
		}
	}
	switch text := strings.Join(h.Values("Content-Encoding"), ","); strings.ToLower(text) {
	case "", "identity":
		return false, nil
	case "gzip":
		return true, nil
	default:
		return false, refuse(http.StatusUnsupportedMediaType, "content encoding %q is not supported: send gzip or none", text)
	}
}

// land reads the body, splits it and appends the batch.
func (s *Server) land(d *delivery, w *workspace, p *pace, l *lease) error {
	text, err := w.read(d, p, l, s.cfg.MaxBody)
	if err != nil {
		return err
	}
	if err := l.hold(l.held + int64(len(text))); err != nil { // for the lines and rejects that come out of it
		return err
	}
	if err := w.split(&d.envelope, text, d.key.allow()); err != nil {
		return refuse(http.StatusBadRequest, "the body is no delivery: %v", err)
	}
	if d.headerID != "" && d.headerID != d.envelope.requestID {
		return refuse(http.StatusBadRequest, "requestId in the body (%q) differs from %s (%q)", d.envelope.requestID, headerRequestID, d.headerID)
	}
	batch := s.batch(d, w)
	if err := s.app.Append(d.r.Context(), batch); err != nil {
		return err
	}
	s.metrics.landed(batch, len(text))
	return nil
}

func (s *Server) batch(d *delivery, w *workspace) *limnograph.Batch {
	return &limnograph.Batch{
		Sender:     d.key.Name,
		Stream:     d.stream,
		RequestID:  d.envelope.requestID,
		Arrival:    s.cfg.Now().UTC(),
		Attributes: d.attributes,
		Parts:      w.splitter.Parts(),
		Rejects:    w.allRejects(),
	}
}
