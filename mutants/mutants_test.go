package mutants_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	all  = flag.Bool("mutants.run", false, "run the tests against each mutant, one after the other; takes minutes")
	only = flag.String("mutants.only", "", "only mutants whose name contains this")
)

// Each mistake can be planted: its text stands in its file, once.
func TestListIsFresh(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants() {
		if names[m.name] {
			t.Errorf("two mutants are called %q", m.name)
		}
		names[m.name] = true
		if _, err := m.planted(); err != "" {
			t.Errorf("%s: %s", m.name, err)
		}
	}
}

// Each mistake is noticed. Without the flag it is enough that the list is fresh.
func TestMutants(t *testing.T) {
	if !*all {
		return
	}
	passed := map[string]bool{}
	for _, m := range mutants() {
		if !strings.Contains(m.name, *only) {
			continue
		}
		for _, k := range m.killers { // a test that fails anyway kills nothing
			if name := fmt.Sprint(k); !passed[name] {
				passed[name] = true
				if failed, why := k.kills(t, ""); failed {
					t.Fatalf("%s %s fails without a mutant: %s", k.pkg, k.run, why)
				}
			}
		}
		t.Run(m.name, func(t *testing.T) {
			overlay := m.overlay(t)
			for _, k := range m.killers {
				if killed, why := k.kills(t, overlay); killed {
					t.Logf("killed by %s %s: %s", k.pkg, k.run, why)
					return
				}
			}
			t.Errorf("it survives: %s", m.file)
		})
	}
}

// planted returns the file with the mistake in it, or what keeps it from being planted.
func (m mutant) planted() (text, problem string) {
	content, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(m.file)))
	if err != nil {
		return "", err.Error()
	}
	if n := strings.Count(string(content), m.old); n != 1 {
		return "", m.file + " has the text " + strings.TrimSpace(m.old) + " not once; write the mutant anew"
	}
	return strings.Replace(string(content), m.old, m.new, 1), ""
}

// overlay writes the planted file and what tells the go command to build it in the place of the real one.
func (m mutant) overlay(t *testing.T) (path string) {
	t.Helper()
	text, problem := m.planted()
	if problem != "" {
		t.Fatal(problem)
	}
	real, err := filepath.Abs(filepath.Join("..", filepath.FromSlash(m.file)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	fake := filepath.Join(dir, "mutant.go")
	content, err := json.Marshal(map[string]any{"Replace": map[string]string{real: fake}})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "overlay.json")
	for name, text := range map[string][]byte{fake: []byte(text), path: content} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// kills runs the tests on a mutant, or on the code as it is when overlay is empty. One that does not compile is no mutant.
func (k killer) kills(t *testing.T, overlay string) (killed bool, why string) {
	t.Helper()
	args := append([]string{"test", "-overlay", overlay, "-vet=off", "-count=1", "-timeout=5m", k.pkg, "-run", k.run}, k.args...)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false, ""
	}
	if !bytes.Contains(out, []byte("--- FAIL: ")) && !bytes.Contains(out, []byte("panic: ")) {
		t.Fatalf("the tests did not run:\n%s", out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "_test.go:") || strings.HasPrefix(line, "panic:") {
			return true, strings.TrimSpace(line[:min(len(line), 200)])
		}
	}
	return true, "it fails"
}
