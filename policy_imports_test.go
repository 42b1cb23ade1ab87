package limnograph_test

import (
	"slices"
	"strings"
)

// importRules are the rules on who may import whom, in code that ships. Tests may import what they compare with.
func importRules() []rule {
	return []rule{
		{
			name:   "every package has a tier",
			reason: "a package without a place in policy_test.go is outside every import rule",
			check: eachPackage(func(p pkg) (found []string) {
				if tier, _ := tierOf(p.Path); tier == "" {
					found = append(found, violation(p.Path, "stands in no tier of policy_test.go"))
				}
				return found
			}),
		},
		{
			name:   "the root package imports the standard library alone",
			reason: "it is the language of all parts; what it imports, all of them carry",
			check: eachImport(tierRoot, func(_, imported string) string {
				if !standard(imported) {
					return "imports a package that is not of the standard library"
				}
				return forbidden(imported, "net", "net/http", "database/sql", "os", "os/exec")
			}),
		},
		{
			name:   "pure packages import the root package and codecs",
			reason: "what decides and translates must run the same in a test, a Lambda and a server: no network, file, process or database",
			check: eachImport(tierPure, func(_, imported string) string {
				if path, ok := local(imported); ok && path != "" {
					return "imports a package of the product"
				}
				return forbidden(imported, "net", "net/http", "os", "os/exec", "os/signal", "database/sql", "log/slog", "syscall")
			}),
		},
		{
			name:   "a role imports neither a role nor an adapter",
			reason: "roles know contracts only, so that each can run alone and over any store, catalog or engine",
			check: eachImport(tierRole, func(from, imported string) string {
				return wrongTier(from, imported, tierRole, tierAdapter, tierSuite, tierCommand)
			}),
		},
		{
			name:   "an adapter imports neither a role nor another adapter",
			reason: "an adapter stands for one dependency; whoever needs two of them is cmd",
			check: eachImport(tierAdapter, func(from, imported string) string {
				return wrongTier(from, imported, tierRole, tierAdapter, tierSuite, tierCommand)
			}),
		},
		{
			name:   "pure packages and adapters have one dependency",
			reason: "they are named after the format or the system they know; a second one belongs to a package of its own",
			check: eachImport("", func(from, imported string) string {
				tier, dir := tierOf(from)
				_, own := local(imported)
				if tier != tierPure && tier != tierAdapter || own || standard(imported) {
					return ""
				}
				for _, dependency := range codecs()[dir] {
					if underImport(imported, dependency) {
						return ""
					}
				}
				return "is not the dependency that codecs lists for it"
			}),
		},
		{
			name:   "only tests import suites",
			reason: "conformance and e2e import testing, which has no place in the binary",
			check: eachImport("", func(from, imported string) string {
				if tier, _ := tierOf(from); tier == tierSuite {
					return ""
				}
				return wrongTier(from, imported, tierSuite)
			}),
		},
		{
			name:   "only cmd imports cmd",
			reason: "wiring is the last step; nothing may depend on it",
			check: eachImport("", func(from, imported string) string {
				if tier, _ := tierOf(from); tier == tierCommand {
					return ""
				}
				return wrongTier(from, imported, tierCommand)
			}),
		},
		{
			name:   "suites import no role",
			reason: "a suite states a contract; a role in it would bend the contract to one user of it",
			check: eachImport(tierSuite, func(from, imported string) string {
				if from == "peers/servers" && imported == module+"/aws/config" {
					return "" // it hands out the settings that lead to its servers, and states no contract
				}
				return wrongTier(from, imported, tierRole, tierAdapter)
			}),
		},
		{
			name:   "a dependency stays in its home",
			reason: "a dependency can be replaced when one package knows it; DuckDB and its C++ must not spread at all",
			check: eachImport("", func(from, imported string) string {
				for dependency, dirs := range homes() {
					if underImport(imported, dependency) && !withinAny(from, dirs) {
						return "may be imported by " + strings.Join(dirs, ", ") + " only"
					}
				}
				return ""
			}),
		},
		{
			name:   "limno-lambda reaches neither DuckDB, SQLite, Iceberg nor cgo",
			reason: "it is built without a C compiler for two architectures, and starts in milliseconds with little memory",
			check: func(t tree) (found []string) {
				for _, reached := range append(reachable(t, "cmd/limno-lambda"), "cmd/limno-lambda") {
					if reached == "duckdb" || reached == "sqlite" || reached == "iceberg" {
						found = append(found, violation("cmd/limno-lambda", "reaches %s", reached))
					}
					if slices.Contains(importsOf(t, reached), "C") {
						found = append(found, violation("cmd/limno-lambda", "reaches cgo through %s", reached))
					}
				}
				return found
			},
		},
		{
			name:   "the simulator knows neither metricstream nor gluemetric",
			reason: "it is the truth that the product is measured against; sharing code would share mistakes",
			check: func(t tree) (found []string) {
				for _, reached := range reachable(t, "simulator") {
					if reached == "metricstream" || reached == "gluemetric" {
						found = append(found, violation("simulator", "reaches %s", reached))
					}
				}
				return found
			},
		},
	}
}

func eachPackage(check func(pkg) []string) func(tree) []string {
	return func(t tree) (found []string) {
		for _, p := range t.Packages {
			found = append(found, check(p)...)
		}
		return found
	}
}

// eachImport checks the imports of the packages of a tier ("": of all).
func eachImport(tier string, check func(from, imported string) string) func(tree) []string {
	return eachPackage(func(p pkg) (found []string) {
		if own, _ := tierOf(p.Path); tier != "" && own != tier {
			return nil
		}
		for _, imported := range p.Imports {
			if wrong := check(p.Path, imported); wrong != "" {
				found = append(found, violation(module+"/"+p.Path, "%s: %s", imported, wrong))
			}
		}
		return found
	})
}

// wrongTier says what is wrong with an import of a package of the given tiers. A package and what stands below it
// are one.
func wrongTier(from, imported string, refused ...string) string {
	path, ok := local(imported)
	if !ok {
		return ""
	}
	tier, dir := tierOf(path)
	if _, own := tierOf(from); own == dir {
		return ""
	}
	for _, r := range refused {
		if tier == r {
			return "is a package of tier " + tier
		}
	}
	return ""
}

func forbidden(imported string, names ...string) string {
	for _, name := range names {
		if imported == name {
			return "has no place in this tier"
		}
	}
	return ""
}

// standard reports whether an import path is of the standard library: its first element has no dot.
func standard(importPath string) bool {
	if _, ok := local(importPath); ok {
		return false
	}
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// underImport reports whether imported is the package or below it, whatever its major version.
func underImport(imported, dependency string) bool {
	return imported == dependency || strings.HasPrefix(imported, dependency+"/")
}

// reachable lists the packages of the module that the package from reaches through imports.
func reachable(t tree, from string) []string {
	imports := map[string][]string{}
	for _, p := range t.Packages {
		imports[p.Path] = p.Imports
	}
	seen := map[string]bool{from: true}
	var order []string
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, imported := range imports[queue[0]] {
			if path, ok := local(imported); ok && !seen[path] {
				seen[path] = true
				order = append(order, path)
				queue = append(queue, path)
			}
		}
	}
	return order
}

func importsOf(t tree, path string) (imports []string) {
	for _, p := range t.Packages {
		if p.Path == path {
			imports = append(imports, p.Imports...)
		}
	}
	return imports
}
