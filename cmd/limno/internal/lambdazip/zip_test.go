package lambdazip_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"limnograph/cmd/limno/internal/lambdazip"
)

func pack(t *testing.T, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := lambdazip.Write(&out, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchiveHoldsAnExecutableBootstrap(t *testing.T) {
	content := strings.Repeat("program ", 10_000)
	packed := pack(t, content)
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(archive.File) != 1 {
		t.Fatal(archive, err)
	}
	f := archive.File[0]
	if f.Name != "bootstrap" || f.Mode() != 0o755 || f.CreatorVersion>>8 != 3 { // 3: Unix, or the mode means nothing
		t.Errorf("%s %v, made by %d", f.Name, f.Mode(), f.CreatorVersion>>8)
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != content {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if len(packed) > len(content)/10 {
		t.Errorf("%d bytes were packed into %d", len(content), len(packed))
	}
}

func TestSameProgramMakesTheSameArchive(t *testing.T) {
	if !bytes.Equal(pack(t, "program"), pack(t, "program")) {
		t.Error("two archives of one program differ")
	}
}

func TestBrokenProgramIsReported(t *testing.T) {
	broken := errors.New("broken")
	if err := lambdazip.Write(io.Discard, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if err := lambdazip.Write(full{}, strings.NewReader("program")); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

var errFull = errors.New("full")

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
