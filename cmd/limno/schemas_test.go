package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A definition stays in force while its file is broken, so that no line is sent to another table, and goes when the
// file is gone.
func TestSchemaSourceSurvivesAnEditor(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "ebs.yaml")
	var log strings.Builder
	s, err := newSchemaSource(dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct{ name, text, want string }{
		{"before", "", "other_metrics"},
		{"defined", "namespace: AWS/EBS\n", "ebs_metrics"},
		{"half saved", "names", "ebs_metrics"},
		{"still half saved", "names", "ebs_metrics"},
		{"saved", "namespace: AWS/EBS\ntable: volumes\n", "volumes"},
		{"removed", "", "other_metrics"},
	}
	for _, step := range steps {
		if err := os.WriteFile(file, []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if step.text == "" {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		s.reload()
		if got := s.tableOf("AWS/EBS"); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
	if n := strings.Count(log.String(), "schema definition refused"); n != 1 {
		t.Errorf("the problem was said %d times:\n%s", n, log.String())
	}
}
