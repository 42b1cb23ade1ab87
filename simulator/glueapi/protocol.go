package glueapi

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// protocol is how a service speaks.
type protocol int

const (
	protocolJSON  protocol = iota // AWS JSON 1.1: Glue
	protocolQuery                 // AWS Query: STS
)

const targetPrefix = "AWSGlue."

// operationOf reads which operation is called: Glue's from X-Amz-Target, that of STS from the form.
func (s *Server) operationOf(r *http.Request, body []byte) (protocol, string) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		op, ok := strings.CutPrefix(target, targetPrefix)
		if _, known := operations()[op]; !ok || !known {
			return protocolJSON, "unknown"
		}
		return protocolJSON, op
	}
	form, err := url.ParseQuery(string(body))
	if err == nil && form.Has("Action") {
		switch op := form.Get("Action"); op {
		case "AssumeRole", "GetCallerIdentity":
			return protocolQuery, op
		}
		return protocolQuery, "unknown"
	}
	return protocolJSON, "unknown"
}

// refusal is an error answer.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func refused(status int, code, format string, args ...any) *refusal {
	return &refusal{status, code, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *refusal {
	return refused(http.StatusBadRequest, "InvalidInputException", format, args...)
}

func notFound(format string, args ...any) *refusal {
	return refused(http.StatusBadRequest, "EntityNotFoundException", format, args...)
}

func (s *Server) reply(w http.ResponseWriter, p protocol, body []byte) {
	s.head(w, p)
	_, _ = w.Write(body) // a client that is gone has no use for an error
}

func (s *Server) refuse(w http.ResponseWriter, p protocol, r *refusal) {
	s.head(w, p)
	w.WriteHeader(r.status)
	_, _ = w.Write(r.encode(p))
}

// head sets the headers that every answer has.
func (s *Server) head(w http.ResponseWriter, p protocol) {
	w.Header().Set("Content-Type", [...]string{"application/x-amz-json-1.1", "text/xml"}[p])
	w.Header().Set("X-Amzn-Requestid", s.requestID())
}

func (s *Server) requestID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, b := s.random.Uint64(), s.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

func (r *refusal) encode(p protocol) []byte {
	if p == protocolJSON {
		text, _ := json.Marshal(struct {
			Type    string `json:"__type"`
			Message string `json:"Message"`
		}{r.code, r.message}) // texts: it cannot fail
		return text
	}
	type detail struct {
		Type    string
		Code    string
		Message string
	}
	text, _ := xml.Marshal(struct {
		XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
		Error     detail
		RequestID string `xml:"RequestId"`
	}{Error: detail{"Sender", r.code, r.message}})
	return text
}
