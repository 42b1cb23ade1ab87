package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// binary is the limno under test, set by TestMain before any test runs.
var binary string

// TestMain builds limno once for all tests, or takes the one that LIMNO_BIN names. The build inherits GOFLAGS from
// the test run, so that nothing compiles twice.
func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "limno-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binary, err = build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(dir string) (string, error) {
	if given := os.Getenv("LIMNO_BIN"); given != "" {
		return filepath.Abs(given)
	}
	path := filepath.Join(dir, "limno")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", path, "limnograph/cmd/limno")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build limno: %w\n%s", err, out)
	}
	return path, nil
}

// limno runs one command to its end and returns what it printed. It fails the test when the command fails.
func limno(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := command(t.Context(), env, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("limno %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// command has its own environment: the settings of the person who runs the tests have no say.
func command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "LIMNO_") {
			cmd.Env = append(cmd.Env, setting)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}
