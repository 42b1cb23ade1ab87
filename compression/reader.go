package compression

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"

	"limnograph"
)

// maxLimit keeps sums of limits small; no object is that large.
const maxLimit = 1 << 50

// NewReader finds out which compression r has and returns a reader of its content, which yields at most maxInflated
// bytes. Zip and raw Snappy are read whole: they need memory for the object and, raw Snappy, for its content.
//
// Close releases the reader's memory and leaves r open. Errors, here and while reading: CodeTooLarge when the content is
// larger than maxInflated, CodeInvalid when it is damaged, cut, or of no known format; an error of r comes as it is.
func NewReader(r io.Reader, maxInflated int64) (io.ReadCloser, Format, error) {
	src := &source{r: r}
	in := bufio.NewReaderSize(src, headSize)
	first, err := in.Peek(headSize)
	if src.err != nil {
		return nil, "", src.err
	}
	format, ok := sniff(head{first, err != nil})
	if !ok {
		return nil, "", &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "detect compression", Message: "no known format",
			Hint: "gzip, zip, Snappy (framed, raw or Hadoop) and plain text can be read",
		}
	}
	out := &reader{src: src, format: format, left: min(max(maxInflated, 0), maxLimit)}
	if out.content, err = open(format, in, out.left); err != nil {
		return nil, format, out.explain(noEOF(err))
	}
	return out, format, nil
}

func open(format Format, in *bufio.Reader, limit int64) (io.Reader, error) {
	switch format {
	case Gzip:
		return gzip.NewReader(in)
	case Zip:
		return openZip(in, limit)
	case SnappyFramed:
		return snappy.NewReader(in), nil
	case Snappy:
		return openBlock(in, limit)
	case HadoopSnappy:
		return &hadoopReader{in: in, limit: limit}, nil
	default:
		return in, nil
	}
}

// source remembers an error of the object itself, so that it is not taken for damage.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// errTooLarge is what the parts of this package return when the content passes the limit.
var errTooLarge = errors.New("content over the limit")

// reader limits the content and explains errors.
type reader struct {
	src     *source
	content io.Reader
	format  Format
	left    int64
	err     error
}

func (r *reader) Read(p []byte) (int, error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	if int64(len(p)) > r.left {
		p = p[:r.left+1] // one more than allowed tells whether there is more
	}
	n, err := r.content.Read(p)
	if int64(n) > r.left {
		n, err = int(r.left), errTooLarge
	}
	r.left -= int64(n)
	if err != nil {
		r.err = r.explain(err)
	}
	return n, r.err
}

// Close lets the memory go. Further reads fail.
func (r *reader) Close() error {
	r.content, r.err = nil, io.ErrClosedPipe
	return nil
}

func (r *reader) explain(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "decompress",
			Message: fmt.Sprintf("the %s content is larger than allowed", r.format),
		}
	case r.src.err != nil:
		return r.src.err
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "decompress",
		Message: fmt.Sprintf("the %s data is damaged or cut", r.format), Err: err,
	}
}
