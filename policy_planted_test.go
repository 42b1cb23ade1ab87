package limnograph_test

import (
	"strings"
	"testing"
)

// planted returns, for each rule, a tree that breaks it and what the violation says.
func planted() map[string]struct {
	tree tree
	want string
} {
	type wrong = struct {
		tree tree
		want string
	}
	return map[string]wrong{
		"every package has a tier":                            {imports("helpers"), "no tier"},
		"the root package imports the standard library alone": {imports("", "github.com/spf13/cobra"), "cobra"},
		"pure packages import the root package and codecs":    {imports("objectkey", "limnograph/panel"), "limnograph/panel"},
		"pure packages and adapters have one dependency":      {imports("mem", "github.com/google/uuid"), "uuid"},
		"a role imports neither a role nor an adapter":        {imports("firehose", "limnograph/landing"), "tier role"},
		"an adapter imports neither a role nor another adapter": {
			imports("duckdb", "limnograph/localdir"), "tier adapter",
		},
		"only tests import suites":       {imports("cmd/limno", "limnograph/conformance"), "tier suite"},
		"only cmd imports cmd":           {imports("web", "limnograph/cmd/limno"), "tier command"},
		"suites import no role":          {imports("conformance", "limnograph/mem"), "tier adapter"},
		"a dependency stays in its home": {imports("cataloging", "github.com/duckdb/duckdb-go/v2"), "by duckdb only"},
		"every package says what it is for": {
			tree{Packages: []pkg{{Path: "web", Name: "web", Doc: "Package web."}}}, "no package comment",
		},
		"the simulator knows neither metricstream nor gluemetric": {
			tree{Packages: []pkg{
				{Path: "simulator", Imports: []string{"limnograph/panel"}},
				{Path: "panel", Imports: []string{"limnograph/gluemetric"}},
			}}, "reaches gluemetric",
		},
		"limno-lambda reaches neither DuckDB, SQLite, Iceberg nor cgo": {
			tree{Packages: []pkg{
				{Path: "cmd/limno-lambda", Imports: []string{"limnograph/objectcache"}},
				{Path: "objectcache", Imports: []string{"limnograph/duckdb", "limnograph/xattr"}},
				{Path: "duckdb"},
				{Path: "xattr", Imports: []string{"C"}},
			}}, "reaches duckdb\ncmd/limno-lambda: reaches cgo through xattr",
		},
		"packages are named after what they do": {
			tree{Packages: []pkg{{Path: "web/util", Name: "util"}}}, "called util",
		},
		"the root package stays small":     {file("", strings.Repeat("\n", 1501)), "1501 lines"},
		"no file is long":                  {file("web", strings.Repeat("\n", 701)), "701 lines"},
		"no init functions":                {file("web", "package web\nfunc init() {}"), "declares init"},
		"pure packages read no clock":      {file("panel", "package panel\nvar now = time.Now"), "time.Now"},
		"pure packages start no goroutine": {file("panel", "package panel\nfunc f() { go f() }"), "go statement"},
		"tests with servers carry the tag peers": {
			tree{Packages: []pkg{{Path: "peers/fast", Tests: map[string]string{"peers/fast/a_test.go": "package fast"}}}}, "go:build peers",
		},
		"no test is skipped": {
			tree{Packages: []pkg{{Path: "web", Tests: map[string]string{
				"web/a_test.go": "package web\nfunc TestA(t *testing.T) { t.Skip(`slow`) }",
			}}}}, "calls Skip",
		},
		"links in documents lead somewhere": {
			document("# A\n[gone](gone.md)", "README.md"), "no gone.md",
		},
		"tests that documents name exist": {
			document("# A\nproved by `TestThatIsGone`", "README.md"), "no test TestThatIsGone",
		},
	}
}

// Each rule must be able to fail, or it says nothing.
func TestPolicyFindsPlantedViolations(t *testing.T) {
	wrong := planted()
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			p, ok := wrong[r.name]
			if !ok {
				t.Fatal("no violation is planted for this rule")
			}
			found := strings.Join(r.check(p.tree), "\n")
			if !strings.Contains(found, p.want) {
				t.Errorf("found %q, want a violation with %q", found, p.want)
			}
		})
		delete(wrong, r.name)
	}
	for name := range wrong {
		t.Errorf("a violation is planted for a rule that is gone: %s", name)
	}
}

// What the rules allow must stay allowed.
func TestPolicyAcceptsCleanTree(t *testing.T) {
	clean := document("# A title, with `code`\n[a](#a-title-with-code) [b](README.md) [c](https://example.com)", "README.md")
	for path, imported := range map[string]string{
		"": "errors", "schema": "go.yaml.in/yaml/v3", "firehose": "limnograph/metricstream", "duckdb": "github.com/duckdb/duckdb-go/v2",
		"cmd/limno": "limnograph/landing", "cmd/limno/config": "limnograph", "web": "github.com/danielgtaylor/huma/v2", "simulator": "limnograph",
	} {
		clean.Packages = append(clean.Packages, imports(path, imported).Packages...)
	}
	for _, r := range rules() {
		for _, violation := range r.check(clean) {
			t.Errorf("%s: %s", r.name, violation)
		}
	}
}

func TestDeadLinkFindsMissingHeading(t *testing.T) {
	site := document("# One\n```\n# not a heading\n```\n", "docs/one.md")
	for link, dead := range map[string]bool{"one.md#one": false, "#one": false, "#two": true, "#not-a-heading": true, "two.md": true} {
		if got := deadLink(site, "docs/one.md", link) != ""; got != dead {
			t.Errorf("deadLink(%s) = %v, want %v", link, got, dead)
		}
	}
}

func imports(path string, imported ...string) tree {
	return tree{Packages: []pkg{{Path: path, Name: "fine", Doc: "Package fine is here for a test.", Imports: imported}}}
}

func file(path, text string) tree {
	return tree{Packages: []pkg{{Path: path, Files: map[string]string{path + "/a.go": text}}}}
}

func document(text, name string) tree {
	return tree{Texts: map[string]string{name: text}, Exists: func(path string) bool { return path == name }}
}
