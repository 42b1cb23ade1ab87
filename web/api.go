package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/klauspost/compress/gzhttp"
)

const (
	apiPrefix   = "/api/v1"
	openAPIPath = apiPrefix + "/openapi.json"
)

const (
	maxBody     = 1 << 20          // of JSON requests
	bodyTimeout = 10 * time.Second // to send one
)

// newAPI registers every operation and returns the guarded handler of /api/.
func (s *Server) newAPI() (http.Handler, error) {
	mux := http.NewServeMux()
	s.api = humago.New(mux, s.apiConfig())
	s.api.UseMiddleware(s.requirePrincipal)
	s.registerStatus()
	s.registerFleet()
	s.registerLoad()
	s.registerRun()
	s.registerJobs()
	s.registerTables()
	s.registerQuery()
	s.registerSession()
	s.registerImport()
	s.registerMaintenance()
	s.registerCollect()
	if err := s.registerDocument(mux); err != nil {
		return nil, err
	}
	return s.checkOrigin(s.bound(compressed(s.answerUnknown(mux)))), nil
}

// compressed packs the larger JSON answers of reads. Query results go out as they are made.
func compressed(next http.Handler) http.Handler {
	packed := gzhttp.GzipHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			packed(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) apiConfig() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Limnograph", Version: "1",
				Description: "What the jobs of a data lake do. Every refusal has the shape of ErrorBody. " +
					"Times are RFC 3339 in UTC; null means not reported, which is not zero.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer", Description: "the admin token"},
					"session": {Type: "apiKey", In: "cookie", Name: "limno_session_<port>", Description: "set by POST " + apiPrefix + "/session"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{plainErrors},
	}
}

// operation describes one endpoint that needs a token or session, with the one error shape as its default answer.
func (s *Server) operation(method, path, id, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: apiPrefix + path, OperationID: id, Summary: summary,
		Security: []map[string][]string{{"token": {}}, {"session": {}}}, Metadata: map[string]any{},
		Responses: map[string]*huma.Response{"default": s.errorResponse()}, MaxBodyBytes: maxBody, BodyReadTimeout: -1,
	}
}

func (s *Server) errorResponse() *huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[ErrorBody](), true, "ErrorBody")
	return &huma.Response{Description: "Refused or failed", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

func admin(op huma.Operation) huma.Operation {
	op.Metadata[adminOnly] = true
	op.Description += "Needs the admin token."
	return op
}

// handle registers an operation whose errors are mapped to answers.
func handle[I, O any](s *Server, op huma.Operation, f func(context.Context, *I) (*O, error)) {
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, s.cfg.RequestTimeout)
		defer cancel()
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return out, nil
	})
}

// registerDocument serves the OpenAPI document, made once.
func (s *Server) registerDocument(mux *http.ServeMux) error {
	polish(s.api.OpenAPI())
	text, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	mux.HandleFunc("GET "+openAPIPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(text) // the client left
	})
	return nil
}

// polish corrects what the framework can't know: its own error schema is never answered, and these references may be
// null.
func polish(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for _, at := range [...][2]string{{"Fleet", "progress"}, {"Status", "progress"}, {"Job", "now"}, {"Job", "silence"}, {"InventoryJob", "silence"}, {"RunDetail", "facts"}} {
		property := schemas[at[0]].Properties[at[1]]
		property.OneOf = []*huma.Schema{{Ref: property.Ref}, {Type: "null"}}
		property.Ref = ""
	}
}

// answerUnknown gives unknown paths and methods the one error shape.
func (s *Server) answerUnknown(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := probeWriter{header: http.Header{}}
		h.ServeHTTP(&probe, r)
		if probe.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", probe.header.Get("Allow"))
			s.writeError(w, r, refuse(probe.status, r.Method+" is not possible here", "use "+probe.header.Get("Allow")))
			return
		}
		s.writeError(w, r, refuse(http.StatusNotFound, "no such endpoint", "the API is described at "+openAPIPath))
	})
}

// probeWriter takes the status of an answer that is not sent.
type probeWriter struct {
	header http.Header
	status int
}

func (p *probeWriter) Header() http.Header         { return p.header }
func (p *probeWriter) Write(b []byte) (int, error) { return len(b), nil }
func (p *probeWriter) WriteHeader(status int)      { p.status = status }

// bound reads the body of JSON requests within a time and size limit before anything else happens. A deadline must
// not outlive the reading: net/http would take it for a client that left and cancel the request.
func (s *Server) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodPost && r.Method != http.MethodDelete {
			next.ServeHTTP(w, r)
			return
		}
		body, err := readBody(w, r)
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // not every connection has deadlines
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB", "")
	default:
		return nil, refuse(http.StatusRequestTimeout, "the body did not arrive", "send it within 10 seconds")
	}
}
