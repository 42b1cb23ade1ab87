package main

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/collector"
	"limnograph/deploy/cloudformation"
)

// The stack's filter names the metrics that the collector publishes, and what the plan prices can be published.
func TestStackAndCollectorKnowTheSameMetrics(t *testing.T) {
	stream := cloudformation.Stream{Schema: limnograph.Schema{Namespace: "Glue", Table: "glue_metrics"}, Metrics: []string{"x"}}
	var names []string
	for _, end := range stream.RunMetrics() {
		names = append(names, defaultPrefix+end)
	}
	if diff := cmp.Diff(collector.MetricNames(collector.Kinds(), nil), names); diff != "" {
		t.Errorf("names (-collector +stack):\n%s", diff)
	}
	if kinds, err := collector.ParseKinds(cloudformation.Kinds()); err != nil || len(kinds) != len(collector.Kinds()) {
		t.Errorf("the plan prices %v of %v, %v", kinds, collector.Kinds(), err)
	}
}

// Every variable that the template sets is one that the function reads.
func TestTemplateSetsKnownVariables(t *testing.T) {
	text, err := cloudformation.Render(cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	for _, m := range modes() {
		_, _ = readSettings(func(name string) string { // that others are missing does not matter
			read = append(read, name)
			return map[string]string{envMode: m.name}[name]
		})
	}
	for _, name := range regexp.MustCompile(`LIMNO_[A-Z_]+`).FindAllString(string(text), -1) {
		if !slices.Contains(read, name) {
			t.Errorf("nobody reads %s", name)
		}
	}
}
