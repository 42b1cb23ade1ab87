package cloudformation_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"limnograph"
	"limnograph/deploy/cloudformation"
	"limnograph/gluemetric"
	"limnograph/schema"
)

var update = flag.Bool("update", false, "write golden files and the permissions table anew")

// glueStream is the stream of the schema definition that comes with the product, without series of single executors.
func glueStream(t testing.TB) cloudformation.Stream {
	t.Helper()
	catalogue, err := gluemetric.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := cloudformation.Stream{Schema: schema.Builtin()[0]}
	for _, m := range catalogue.Metrics() {
		if !strings.Contains(m.Name, "{") {
			s.Metrics = append(s.Metrics, m.Name)
		}
	}
	return s
}

func ebsStream() cloudformation.Stream {
	return cloudformation.Stream{Schema: limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"}}
}

func render(t testing.TB, o cloudformation.Options) []byte {
	t.Helper()
	text, err := cloudformation.Render(o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rendered is a template as a tree; tags such as !Ref are left out.
type rendered struct {
	Parameters, Conditions, Outputs map[string]any
	Resources                       map[string]resource
}

type resource struct {
	Type           string         `yaml:"Type"`
	DeletionPolicy string         `yaml:"DeletionPolicy"`
	Properties     map[string]any `yaml:"Properties"`
}

func parsed(t failer, text []byte) rendered {
	t.Helper()
	var r rendered
	var loose map[string]yaml.Node
	if err := yaml.Unmarshal(text, &loose); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for key, into := range map[string]any{"Parameters": &r.Parameters, "Conditions": &r.Conditions, "Outputs": &r.Outputs, "Resources": &r.Resources} {
		n := loose[key]
		plain(&n)
		if err := n.Decode(into); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
	return r
}

// failer is a test or a property.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// plain takes CloudFormation's own tags off.
func plain(n *yaml.Node) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		n.Tag = ""
	}
	for _, child := range n.Content {
		plain(child)
	}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; write it anew with -update):\n%s", path, diff)
	}
}
