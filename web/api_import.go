package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"limnograph"
)

// idleBody is how long an upload may pause.
const idleBody = 30 * time.Second

type importInput struct {
	body     io.Reader
	Name     string    `query:"name" required:"true" minLength:"1" maxLength:"1024" doc:"the object's key: its arrival time is read from it"`
	Modified time.Time `query:"modified" doc:"the object's modification time, used when the key holds no time"`
	Sender   string    `query:"sender" maxLength:"256" doc:"who delivered it"`
}

// Resolve takes the body as it comes: the framework would read it into memory.
func (in *importInput) Resolve(ctx huma.Context) []error {
	r, w := humago.Unwrap(ctx)
	in.body = &patientBody{body: r.Body, control: http.NewResponseController(w)}
	return nil
}

// patientBody gives every read its own time, so that a large upload may take long and a dead one ends.
type patientBody struct {
	body    io.Reader
	control *http.ResponseController
}

// Read reads within the idle limit, and takes the limit away again.
func (p *patientBody) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(idleBody)) // not every connection has deadlines
	n, err := p.body.Read(b)
	_ = p.control.SetReadDeadline(time.Time{})
	return n, err
}

func (s *Server) registerImport() {
	type output struct{ Body ImportResult }
	op := admin(s.operation(http.MethodPut, "/objects", "importObject", "Import one object that Firehose wrote"))
	op.RequestBody = &huma.RequestBody{
		Required: true, Description: "the object as it is: gzip, zip, Snappy, Hadoop Snappy or plain",
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
	}
	huma.Register(s.api, op, func(ctx context.Context, in *importInput) (*output, error) {
		result, err := s.importObject(ctx, in)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return &output{Body: result}, nil
	})
}

func (s *Server) importObject(ctx context.Context, in *importInput) (result ImportResult, err error) {
	if s.cfg.Import == nil {
		return result, refuse(http.StatusConflict, "this server takes no imports", "import into a server that was started with `limno serve`")
	}
	path, err := s.spool(in.body)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	return s.cfg.Import(ctx, ImportRequest{
		Name: in.Name, Modified: in.Modified, Sender: in.Sender,
		Open: func() (io.ReadCloser, error) { return os.Open(path) },
	})
}

// spool copies the body to a temporary file, because an import may read it twice.
func (s *Server) spool(body io.Reader) (path string, err error) {
	f, err := os.CreateTemp(s.cfg.SpoolDir, "limno-import-*")
	if err != nil {
		return "", &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "spool object", Message: "no room for the object", Err: err}
	}
	n, err := io.Copy(f, io.LimitReader(body, s.cfg.MaxObject+1))
	err = errors.Join(err, f.Close())
	switch {
	case err != nil:
		err = &limnograph.Error{Code: limnograph.CodeInvalid, Op: "spool object", Message: "the object did not arrive whole", Err: err}
	case n > s.cfg.MaxObject:
		err = &limnograph.Error{Code: limnograph.CodeTooLarge, Op: "spool object", Message: "the object is larger than this server takes"}
	default:
		return f.Name(), nil
	}
	return "", errors.Join(err, os.Remove(f.Name()))
}
