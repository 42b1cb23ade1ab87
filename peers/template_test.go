//go:build peers

package peers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"limnograph/deploy/cloudformation"
	"limnograph/peers/servers"
)

// cfn-lint finds nothing in any template that limno can write, not even something to be informed of.
func TestTemplatesPassLint(t *testing.T) {
	dir, names := t.TempDir(), filepath.Join(t.TempDir(), "names")
	write(t, names, "VolumeReadBytes\nVolumeWriteBytes\n")
	ebs, kept := filepath.Join(dir, "ebs.yaml"), filepath.Join(dir, "s3.yaml")
	write(t, ebs, "namespace: AWS/EBS\ndimensions: [VolumeId]\n")
	write(t, kept, "namespace: AWS/S3\ndimensions: [BucketName]\nretention: 400d\n")
	glue := filepath.Join(dir, "glue.yaml")
	write(t, glue, keptGlue(t))
	var paths []string
	for name, args := range map[string][]string{
		"default":                      nil,
		"without-metric-stream":        {"--without", "metric-stream"},
		"delete-data":                  {"--delete-data"},
		"whole-namespace":              {"--metrics", "glue_metrics=all"},
		"statistics":                   {"--statistics", "glue_metrics:p90,TM(10%:90%)=glue.driver.jvm.heap.usage,glue.ALL.jvm.heap.usage"},
		"three-namespaces":             {"--schema", ebs, "--schema", kept, "--metrics", "ebs_metrics=" + names},
		"three-without-stream":         {"--schema", ebs, "--schema", kept, "--without", "metric-stream", "--delete-data"},
		"retention-of-definition-only": {"--schema", glue},
	} {
		path := filepath.Join(dir, name+".template.yaml")
		limno(t, os.Environ(), append([]string{"cfn", "render", "-o", path}, args...)...)
		paths = append(paths, path)
	}
	bare, err := cloudformation.Render(cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"no-streams": bare, "artifacts": cloudformation.Artifacts()} {
		path := filepath.Join(dir, name+".template.yaml")
		write(t, path, string(text))
		paths = append(paths, path)
	}
	lint := exec.CommandContext(t.Context(), servers.Program(t, "aws", "cfn-lint"), append([]string{"--include-checks", "I", "--"}, paths...)...)
	if out, err := lint.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}

// keptGlue is the definition of Glue with a retention of its own.
func keptGlue(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "schema", "schemas", "glue.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.Replace(text, []byte("retention: forever"), []byte("retention: 90d"), 1))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
