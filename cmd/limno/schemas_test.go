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
	s, err := newSchemaSource(dir, nil, slog.New(slog.NewTextHandler(&log, nil)))
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

// A definition with a mistake displaces none that is in force, whatever its file is called, nor one that was in force
// before a restart.
func TestSchemaMistakesDisplaceNothing(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ebs.yaml", "namespace: AWS/EBS\ndimensions: [VolumeId]\n")
	s, err := newSchemaSource(dir, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	write("a.yaml", "namespace: AWS/X\ntable: ebs_metrics\n")
	write("b.yaml", "namespace: AWS/EBS\ntable: another\n")
	write("c.yaml", "namespace: AWS/EC2\n")
	s.reload()
	restarted, err := newSchemaSource(dir, s.all(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []*schemaSource{s, restarted} {
		for namespace, want := range map[string]string{
			"AWS/EBS": "ebs_metrics", "AWS/X": "other_metrics", "AWS/EC2": "ec2_metrics", "Glue": "glue_metrics", "Other": "other_metrics",
		} {
			if got := source.tableOf(namespace); got != want {
				t.Errorf("%s goes to %s, want %s", namespace, got, want)
			}
		}
	}
}
