package web

import (
	"cmp"
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
		return result, refuse(http.StatusConflict, "this server takes no imports", cmp.Or(s.cfg.ImportHint, "import into a server that was started with `limno serve`"))
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
		return "", noRoom(err)
	}
	if err := spoolTo(f, body, s.cfg.MaxObject); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// spoolTo copies the body and closes the file. What the sender did wrong is told from what went wrong here. Errors:
// CodeInvalid (the body breaks off), CodeTooLarge, CodeUnavailable (the file can't be written).
func spoolTo(f io.WriteCloser, body io.Reader, limit int64) error {
	in := &noted{r: io.LimitReader(body, limit+1)}
	n, err := io.Copy(f, in)
	err = errors.Join(err, f.Close())
	switch {
	case in.err != nil:
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "spool object", Message: "the object did not arrive whole", Err: in.err, Hint: "send it again"}
	case err != nil:
		return noRoom(err)
	case n > limit:
		return &limnograph.Error{Code: limnograph.CodeTooLarge, Op: "spool object", Message: "the object is larger than this server takes"}
	}
	return nil
}

func noRoom(err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "spool object", Message: "the server has no room for the object", Err: err,
		Hint: "free space on the disk of the server's data directory, then send the object again: nothing of it was taken",
	}
}

// noted remembers why reading ended.
type noted struct {
	r   io.Reader
	err error
}

// Read passes on what is read.
func (n *noted) Read(p []byte) (int, error) {
	count, err := n.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return count, err
}
