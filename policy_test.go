// The house rules, kept by a test. Each rule gives its reason, and policy_planted_test.go shows that each one fails
// on a tree that breaks it. A new package is placed in the tiers below before it compiles here.
package limnograph_test

import (
	"fmt"
	"strings"
	"testing"
)

// The tiers. Imports go down only: cmd, then roles and adapters, then pure packages, then the root package.
const (
	tierRoot    = "root"    // nouns and contracts
	tierPure    = "pure"    // decides and translates: no clock, network, file or goroutine
	tierRole    = "role"    // a part of the product; knows contracts only
	tierAdapter = "adapter" // implements contracts over one dependency
	tierSuite   = "suite"   // only tests import it
	tierCommand = "command" // wires
)

// tiers places every package by its path below the module. A path covers the packages below it.
func tiers() map[string]string {
	return map[string]string{
		"":                      tierRoot,
		"access":                tierRole,
		"aws/athena":            tierAdapter,
		"aws/cloudformation":    tierAdapter,
		"aws/cloudwatch":        tierAdapter,
		"aws/config":            tierAdapter,
		"aws/glue":              tierAdapter,
		"aws/gluejob":           tierAdapter,
		"aws/lambdaevent":       tierAdapter,
		"aws/s3":                tierAdapter,
		"aws/sqs":               tierAdapter,
		"cataloging":            tierRole,
		"cmd":                   tierCommand,
		"collector":             tierRole,
		"columns":               tierPure,
		"compression":           tierPure,
		"conformance":           tierSuite,
		"deploy/cloudformation": tierPure,
		"duckdb":                tierAdapter,
		"e2e":                   tierSuite,
		"firehose":              tierRole,
		"gluemetric":            tierPure,
		"iceberg":               tierAdapter,
		"lake":                  tierRole,
		"lakesim":               tierSuite,
		"landing":               tierRole,
		"localdir":              tierAdapter,
		"mem":                   tierAdapter,
		"metricstream":          tierPure,
		"mutants":               tierSuite,
		"objectkey":             tierPure,
		"objectcache":           tierAdapter,
		"panel":                 tierPure,
		"peers":                 tierSuite,
		"record":                tierPure,
		"runerror":              tierPure,
		"runsim":                tierSuite,
		"schema":                tierPure,
		"simulator":             tierRole,
		"sqlite":                tierAdapter,
		"trino":                 tierAdapter,
		"trinosql":              tierPure,
		"web":                   tierRole,
	}
}

// codecs are the dependencies of pure packages and adapters: the format or the system that each is named after. A
// pure package or adapter that is not listed has none.
func codecs() map[string][]string {
	return map[string][]string{
		"aws/athena":            {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"aws/cloudformation":    {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"aws/cloudwatch":        {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"aws/config":            {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"aws/gluejob":           {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"aws/glue":              {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"aws/lambdaevent":       {"github.com/aws/aws-lambda-go"},
		"aws/s3":                {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"aws/sqs":               {"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		"deploy/cloudformation": {"go.yaml.in/yaml"},
		"columns":               {"github.com/apache/arrow-go", "github.com/cespare/xxhash"},
		"compression":           {"github.com/klauspost/compress"},
		"duckdb":                {"database/sql", "github.com/duckdb"},
		"iceberg":               {"database/sql", "github.com/apache/iceberg-go", "modernc.org/sqlite"},
		"localdir":              {"golang.org/x/sys"},
		"schema":                {"go.yaml.in/yaml"},
		"sqlite":                {"database/sql", "modernc.org/sqlite"},
		"trino":                 {"database/sql", "github.com/trinodb/trino-go-client"},
	}
}

// homes says who alone may import a dependency, in code that ships.
func homes() map[string][]string {
	return map[string][]string{
		"database/sql":                       {"duckdb", "iceberg", "sqlite", "trino"},
		"github.com/apache/arrow-go":         {"columns"},
		"github.com/apache/iceberg-go":       {"iceberg"},
		"github.com/adrg/xdg":                {"cmd"},
		"github.com/aws/aws-lambda-go":       {"aws/lambdaevent", "cmd/limno-lambda"},
		"github.com/aws/aws-sdk-go-v2":       {"aws", "peers"},
		"github.com/aws/smithy-go":           {"aws", "peers"},
		"github.com/danielgtaylor/huma":      {"web"},
		"github.com/duckdb":                  {"duckdb"},
		"github.com/google/go-cmp":           {"conformance", "e2e", "peers"},
		"github.com/rogpeppe/go-internal":    {"e2e"},
		"github.com/spf13/cobra":             {"cmd"},
		"go.uber.org/goleak":                 {"conformance"},
		"go.yaml.in/yaml":                    {"cmd", "deploy", "schema"},
		"github.com/trinodb/trino-go-client": {"trino"},
		"modernc.org/sqlite":                 {"iceberg", "sqlite"},
		"pgregory.net/rapid":                 {"conformance"},
		"testing":                            {"conformance", "e2e", "peers"},
	}
}

// rule is one house rule. check returns one line per violation, each beginning with the package, file or document.
type rule struct {
	name   string
	reason string
	check  func(tree) []string
}

func rules() []rule {
	all := append(importRules(), sourceRules()...)
	return append(all, documentRules()...)
}

func TestPolicy(t *testing.T) {
	repository := loadTree(t)
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			for _, violation := range r.check(repository) {
				t.Errorf("%s\n\tthe rule: %s", violation, r.reason)
			}
		})
	}
}

// within reports whether the path is the package dir or below it. The root package covers itself alone.
func within(path, dir string) bool {
	if dir == "" {
		return path == ""
	}
	return path == dir || strings.HasPrefix(path, dir+"/")
}

func withinAny(path string, dirs []string) bool {
	for _, dir := range dirs {
		if within(path, dir) {
			return true
		}
	}
	return false
}

// tierOf returns the tier of a package and the path that placed it.
func tierOf(path string) (tier, dir string) {
	for d, t := range tiers() {
		if within(path, d) && (tier == "" || len(d) > len(dir)) {
			tier, dir = t, d
		}
	}
	return tier, dir
}

func violation(where, format string, args ...any) string {
	return where + ": " + fmt.Sprintf(format, args...)
}
