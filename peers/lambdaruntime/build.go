package lambdaruntime

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Build builds the function for this machine as `make lambda` does, and returns the path of the program.
func Build(t testing.TB) string {
	t.Helper()
	return BuildFor(t, runtime.GOARCH)
}

// BuildFor builds the function for an architecture: arm64 or amd64.
func BuildFor(t testing.TB, arch string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bootstrap")
	goTool(t, []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + arch},
		"build", "-tags", "lambda.norpc,netgo,osusergo", "-ldflags", "-s -w -X main.version=test", "-o", program, "limnograph/cmd/limno-lambda")
	return program
}

// Pack packs a program as `make lambda` does, and returns the path of the archive.
func Pack(t testing.TB, program string) string {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "function.zip")
	goTool(t, nil, "run", "limnograph/cmd/limno/internal/lambdazip/pack", program, archive)
	return archive
}

func goTool(t testing.TB, env []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, out)
	}
}
