package cloudformation_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/deploy/cloudformation"
)

func TestRenderDefault(t *testing.T) {
	golden(t, "limnograph.yaml", string(render(t, cloudformation.Options{Streams: []cloudformation.Stream{glueStream(t)}})))
}

// The order of CloudFormation's limits: what it would refuse is refused in words.
func TestRenderRefuses(t *testing.T) {
	with := func(change func(*cloudformation.Stream)) cloudformation.Options {
		s := ebsStream()
		change(&s)
		return cloudformation.Options{Streams: []cloudformation.Stream{s}}
	}
	names := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("m%d", i))
		}
		return list
	}
	ab, a2b := ebsStream(), ebsStream()
	ab.Schema.Table, a2b.Schema.Table = "a_b1_2", "a_b12"
	for name, c := range map[string]struct {
		options cloudformation.Options
		want    string
	}{
		"no namespace":       {with(func(s *cloudformation.Stream) { s.Schema.Namespace = "" }), "no CloudWatch namespace"},
		"long table":         {with(func(s *cloudformation.Stream) { s.Schema.Table = strings.Repeat("t", 40) }), "longer than 39"},
		"1,000 names":        {with(func(s *cloudformation.Stream) { s.Metrics = names(1000) }), "takes 1000 with its namespace"},
		"a pattern":          {with(func(s *cloudformation.Stream) { s.Metrics = []string{"glue.{executorId}.x"} }), "is a pattern"},
		"a name twice":       {with(func(s *cloudformation.Stream) { s.Metrics = []string{"a", "a"} }), "stands twice"},
		"an empty name":      {with(func(s *cloudformation.Stream) { s.Metrics = []string{""} }), "0 characters"},
		"101 groups":         {with(func(s *cloudformation.Stream) { s.Statistics = make([]cloudformation.Statistics, 101) }), "101 groups"},
		"a group of nothing": {with(func(s *cloudformation.Stream) { s.Statistics = make([]cloudformation.Statistics, 1) }), "names 0 statistics"},
		"a group of no metric": {with(func(s *cloudformation.Stream) {
			s.Statistics = []cloudformation.Statistics{{Names: []string{"p99"}}}
		}), "names 0 metrics"},
		"one table twice":        {cloudformation.Options{Streams: []cloudformation.Stream{ebsStream(), ebsStream()}}, "two streams"},
		"one logical name twice": {cloudformation.Options{Streams: []cloudformation.Stream{ab, a2b}}, "share the resource names AB12"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cloudformation.Render(c.options)
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid && !strings.Contains(fmt.Sprint(err), c.want) || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestRenderTakes999Names(t *testing.T) {
	s := ebsStream()
	for i := range 999 {
		s.Metrics = append(s.Metrics, fmt.Sprintf("metric.%d", i))
	}
	render(t, cloudformation.Options{Streams: []cloudformation.Stream{s}})
}

// The names of the metrics of runs join a list of Glue's metrics, under the prefix that the parameter gives; a list that has
// one of them already, another namespace and a whole namespace are left as they are.
func TestMetricsOfRunsJoinTheFilter(t *testing.T) {
	whole, listed := glueStream(t), ebsStream()
	whole.Metrics, listed.Metrics = nil, []string{"VolumeReadBytes"}
	own := glueStream(t)
	own.Metrics = []string{"glue.run.status"}
	for name, c := range map[string]struct {
		stream cloudformation.Stream
		joined int
	}{"glue": {glueStream(t), 7}, "one is listed": {own, 6}, "whole namespace": {whole, 0}, "EBS": {listed, 0}} {
		text := render(t, cloudformation.Options{Streams: []cloudformation.Stream{c.stream}})
		if got := bytes.Count(text, []byte(`            - !Sub "${RunMetricPrefix}`)); got != c.joined {
			t.Errorf("%s: %d names joined, want %d", name, got, c.joined)
		}
	}
}

func TestWithoutMetricStreamLeavesItOut(t *testing.T) {
	with := render(t, cloudformation.Options{Streams: []cloudformation.Stream{glueStream(t)}})
	without := render(t, cloudformation.Options{Streams: []cloudformation.Stream{glueStream(t)}, WithoutMetricStream: true})
	if !bytes.Contains(with, []byte("AWS::CloudWatch::MetricStream\n")) || bytes.Contains(without, []byte("MetricStream")) {
		t.Error("the metric stream is not where it should be")
	}
}

func TestDataStaysUnlessAskedOtherwise(t *testing.T) {
	for want, o := range map[string]cloudformation.Options{"RetainExceptOnCreate": {}, "Delete": {DeleteData: true}} {
		r := parsed(t, render(t, o))
		for _, id := range []string{"Bucket", "BucketPolicy", "Database"} {
			if got := r.Resources[id].DeletionPolicy; got != want {
				t.Errorf("%s: %s, want %s", id, got, want)
			}
		}
	}
}

// Whatever the options, the text is the same each time, is YAML, gives each stream its own road, and lets no role do
// anything with everything.
func TestRenderHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t)
		text, err := cloudformation.Render(o)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := cloudformation.Render(o)
		if !bytes.Equal(text, again) {
			t.Fatal("two texts of the same options")
		}
		r := parsed(t, text)
		deliveries := 0
		for _, resource := range r.Resources {
			if resource.Type == "AWS::KinesisFirehose::DeliveryStream" {
				deliveries++
				s3 := resource.Properties["ExtendedS3DestinationConfiguration"].(map[string]any)
				prefix, errorPrefix := s3["Prefix"].(string), s3["ErrorOutputPrefix"].(string)
				if !strings.HasPrefix(prefix, "${KeyPrefix}landing/metrics/") || strings.HasPrefix(errorPrefix, "${KeyPrefix}landing/") || !strings.Contains(errorPrefix, "!{firehose:error-output-type}") {
					t.Fatalf("prefixes %s and %s", prefix, errorPrefix)
				}
			}
		}
		if deliveries != len(o.Streams) {
			t.Fatalf("%d delivery streams of %d", deliveries, len(o.Streams))
		}
		for _, role := range cloudformation.Roles(o) {
			if r.Resources[role.ID].Type != "AWS::IAM::Role" {
				t.Fatalf("role %s is not in the template", role.ID)
			}
			checkRole(t, role)
		}
	})
}

func checkRole(t *rapid.T, role cloudformation.Role) {
	for _, s := range role.Statements {
		if s.Why == "" || s.May == "" || !slices.IsSorted(s.Actions) {
			t.Fatalf("%s %s: no reason, or actions without order", role.ID, s.Sid)
		}
		for _, text := range slices.Concat(s.Actions, s.Resources) {
			if text == "*" && !isUntied(s) || strings.HasSuffix(text, ":*") && !strings.Contains(text, ":log-group:") {
				t.Fatalf("%s %s allows %s", role.ID, s.Sid, text)
			}
		}
	}
}

// isUntied reports whether IAM ties the one action of a statement to no resource, so that "*" is all there is to say.
func isUntied(s cloudformation.Statement) bool {
	return slices.Equal(s.Actions, []string{"glue:GetJobs"}) ||
		slices.Equal(s.Actions, []string{"cloudwatch:PutMetricData"}) && len(s.Conditions) == 1 && s.Conditions[0].Key == "cloudwatch:namespace"
}

func drawOptions(t *rapid.T) cloudformation.Options {
	o := cloudformation.Options{
		WithoutMetricStream: rapid.Bool().Draw(t, "without"), DeleteData: rapid.Bool().Draw(t, "delete"),
		Version: rapid.SampledFrom([]string{"", "v1.2.3", `a "b" # c: d`}).Draw(t, "version"),
	}
	tables := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,12}(_[a-z]{1,8})?`), 0, 4, rapid.ID).Filter(distinctIDs).Draw(t, "tables")
	for _, table := range tables {
		s := cloudformation.Stream{Schema: limnograph.Schema{
			Table: table, Namespace: rapid.SampledFrom([]string{"Glue", "AWS/EBS", `My "Own" {x}: #1`, "Ünïcode & <more>"}).Draw(t, "namespace"),
			Retention: time.Duration(rapid.IntRange(0, 500).Draw(t, "hours")) * time.Hour,
		}}
		s.Metrics = rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z%: "'#.-]{1,20}`), 0, 5, rapid.ID).Draw(t, "metrics")
		if len(s.Metrics) > 0 && rapid.Bool().Draw(t, "statistics") {
			s.Statistics = []cloudformation.Statistics{{Names: []string{"p99.9", "TM(10%:90%)"}, Metrics: s.Metrics}}
		}
		o.Streams = append(o.Streams, s)
	}
	return o
}

func distinctIDs(tables []string) bool {
	seen := map[string]bool{}
	for _, table := range tables {
		id := strings.ToLower(strings.ReplaceAll(table, "_", ""))
		if seen[id] {
			return false
		}
		seen[id] = true
	}
	return true
}

// The texts that go through the template unchanged are read back as they were.
func TestNamesSurviveTheTemplate(t *testing.T) {
	s := ebsStream()
	s.Schema.Namespace = "a: \"b\" # 'c' <&> {d}\\"
	s.Metrics = []string{"yes", "1.0", "- x", "a: b"}
	r := parsed(t, render(t, cloudformation.Options{Streams: []cloudformation.Stream{s}}))
	filter := r.Resources["EbsMetricsMetricStream"].Properties["IncludeFilters"].([]any)[0].(map[string]any)
	want := map[string]any{"Namespace": s.Schema.Namespace, "MetricNames": []any{"yes", "1.0", "- x", "a: b"}}
	if diff := cmp.Diff(want, filter); diff != "" {
		t.Errorf("filter (-want +got):\n%s", diff)
	}
}
