package web

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"limnograph"
)

// file is a file on a disk that may be full.
type file struct{ write, close error }

func (f file) Write(p []byte) (int, error) {
	if f.write != nil {
		return 0, f.write
	}
	return len(p), nil
}

func (f file) Close() error { return f.close }

// A full disk is no mistake of the sender, and a broken upload none of the server.
func TestSpoolTellsWhoseFaultItIs(t *testing.T) {
	full := errors.New("no space left on device")
	for name, tc := range map[string]struct {
		f    file
		body io.Reader
		want limnograph.Code
	}{
		"whole":             {file{}, strings.NewReader("12345"), ""},
		"too large":         {file{}, strings.NewReader("123456"), limnograph.CodeTooLarge},
		"full when written": {file{write: full}, strings.NewReader("1"), limnograph.CodeUnavailable},
		"full when closed":  {file{close: full}, strings.NewReader("1"), limnograph.CodeUnavailable},
		"torn":              {file{}, io.MultiReader(strings.NewReader("1"), iotest.ErrReader(io.ErrUnexpectedEOF)), limnograph.CodeInvalid},
		"reset":             {file{}, iotest.ErrReader(errors.New("connection reset")), limnograph.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			err := spoolTo(tc.f, tc.body, 5)
			if got := limnograph.ErrorCode(err); got != tc.want {
				t.Errorf("code %q, want %q: %v", got, tc.want, err)
			}
			var known *limnograph.Error
			if errors.As(err, &known) && known.Code != limnograph.CodeTooLarge && known.Hint == "" {
				t.Error("no next step")
			}
		})
	}
}
