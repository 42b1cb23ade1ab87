package localdir

import (
	"errors"
	"io"
	"os"
	"testing"
)

// closeFails is a disk whose files close with an error.
type closeFails struct{ osDisk }

func (d closeFails) create(path string) (handle, error) {
	h, err := d.osDisk.create(path)
	return failingHandle{h}, err
}

type failingHandle struct{ handle }

func (h failingHandle) Close() error {
	return errors.Join(h.handle.Close(), errors.New("input/output error"))
}

// Once the object is durable, a failure to close its file must not make a sealed segment look unsealed: the next Seal
// would fail for ever.
func TestSealDoesNotFailWhenOnlyClosingDoes(t *testing.T) {
	s, err := openOn(closeFails{}, t.TempDir())
	must(t, err)
	g, err := s.Create(t.Context(), "metrics/t/x")
	must(t, err)
	_, err = io.WriteString(g, "text")
	must(t, err)
	info, err := g.Seal(t.Context(), "landing/x")
	if err != nil || info.Size != 4 {
		t.Errorf("%+v, %v", info, err)
	}
	if text, err := os.ReadFile(s.Path("landing/x")); err != nil || string(text) != "text" {
		t.Errorf("the object holds %q, %v", text, err)
	}
}
