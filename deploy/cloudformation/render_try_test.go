package cloudformation_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/deploy/cloudformation"
	"limnograph/gluemetric"
	"limnograph/schema"
)

func TestTry(t *testing.T) {
	c, _ := gluemetric.Load()
	var names []string
	for _, m := range c.Metrics() {
		if !strings.Contains(m.Name, "{") {
			names = append(names, m.Name)
		}
	}
	kept := schema.Builtin()[0]
	kept.Retention = 400 * 24 * time.Hour
	for n, o := range map[string]cloudformation.Options{
		"a": {Streams: []cloudformation.Stream{{Schema: schema.Builtin()[0], Metrics: names, Statistics: []cloudformation.Statistics{{Names: []string{"p99"}, Metrics: names[:2]}}}}},
		"b": {Streams: []cloudformation.Stream{{Schema: schema.Builtin()[0]}}, WithoutMetricStream: true},
		"c": {},
		"d": {Streams: []cloudformation.Stream{{Schema: kept}, {Schema: limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"}}}, DeleteData: true, Version: "v1"},
		"e": {Streams: []cloudformation.Stream{{Schema: kept}}},
	} {
		b, err := cloudformation.Render(o)
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/team/try-"+n+".yaml", b, 0o644)
		t.Log(n, len(b))
	}
}
