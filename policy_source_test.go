package limnograph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

const (
	maxLines     = 700  // of one file
	maxRootFiles = 14   // of the root package
	maxRootLines = 1500 // of the root package
)

// sourceRules are the rules on what stands in the code.
func sourceRules() []rule {
	return []rule{
		{
			name:   "every package says what it is for",
			reason: "the doc comment is where a reader learns what a package does and what it leaves to others",
			check: eachPackage(func(p pkg) (found []string) {
				if len(strings.Fields(p.Doc)) < 5 {
					found = append(found, violation(module+"/"+p.Path, "has no package comment to speak of"))
				}
				return found
			}),
		},
		{
			name:   "packages are named after what they do",
			reason: "a package called util gathers what nobody could place, and everything ends up importing it",
			check: eachPackage(func(p pkg) (found []string) {
				vague := []string{"base", "common", "helpers", "misc", "models", "services", "shared", "types", "util", "utils"}
				if slices.Contains(vague, p.Name) {
					found = append(found, violation(module+"/"+p.Path, "is called %s", p.Name))
				}
				return found
			}),
		},
		{
			name:   "the root package stays small",
			reason: "it grows only when two packages exchange a type or a contract has two implementations",
			check: eachPackage(func(p pkg) (found []string) {
				lines := 0
				for _, text := range p.Files {
					lines += countLines(text)
				}
				if p.Path == "" && (len(p.Files) > maxRootFiles || lines > maxRootLines) {
					found = append(found, violation(module, "has %d files and %d lines", len(p.Files), lines))
				}
				return found
			}),
		},
		{
			name:   "no file is long",
			reason: "a file is about one thing; one of more than 700 lines is about several",
			check: func(t tree) (found []string) {
				texts := map[string]string{}
				maps.Copy(texts, t.Texts)
				for _, p := range t.Packages {
					maps.Copy(texts, p.Files)
					maps.Copy(texts, p.Tests)
				}
				for _, path := range slices.Sorted(maps.Keys(texts)) {
					n := countLines(texts[path])
					if n > maxLines && !generated(texts[path]) {
						found = append(found, violation(path, "has %d lines", n))
					}
				}
				return found
			},
		},
		{
			name:   "no init functions",
			reason: "work at import time can't be configured, ordered or tested; cmd calls what is needed",
			check: eachFile("", func(file *ast.File) (found []string) {
				for _, decl := range file.Decls {
					if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
						found = append(found, "declares init")
					}
				}
				return found
			}),
		},
		{
			name:   "pure packages read no clock",
			reason: "the same input must give the same answer on every day; time comes in as an argument",
			check: eachFile(tierPure, func(file *ast.File) []string {
				return calls(file, "time", "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker")
			}),
		},
		{
			name:   "pure packages start no goroutine",
			reason: "a goroutine needs an owner that stops it; pure code has no life of its own",
			check: eachFile(tierPure, func(file *ast.File) (found []string) {
				ast.Inspect(file, func(n ast.Node) bool {
					if _, ok := n.(*ast.GoStmt); ok {
						found = append(found, "has a go statement")
					}
					return true
				})
				return found
			}),
		},
		{
			name:   "tests with servers carry the tag peers",
			reason: "`go test ./...` needs nothing outside Go; `make peers` installs the servers and sets the tag",
			check: eachPackage(func(p pkg) (found []string) {
				for path, text := range p.Tests {
					if within(p.Path, "peers") && !strings.HasPrefix(text, "//go:build peers\n") {
						found = append(found, violation(path, "does not begin with //go:build peers"))
					}
				}
				return found
			}),
		},
		{
			name:   "no test is skipped",
			reason: "a skipped test proves nothing and looks like a passed one; slow proofs take their length from the environment",
			check: func(t tree) (found []string) {
				for _, p := range t.Packages {
					for path, text := range p.Tests {
						for _, name := range []string{"Skip", "Skipf", "SkipNow"} {
							if callsMethod(text, name) {
								found = append(found, violation(path, "calls %s", name))
							}
						}
					}
				}
				return found
			},
		},
	}
}

// eachFile parses the shipped files of a tier ("": of all packages) and checks them one by one.
func eachFile(tier string, check func(*ast.File) []string) func(tree) []string {
	return eachPackage(func(p pkg) (found []string) {
		if own, _ := tierOf(p.Path); tier != "" && own != tier {
			return nil
		}
		for _, path := range slices.Sorted(maps.Keys(p.Files)) {
			file, err := parser.ParseFile(token.NewFileSet(), path, p.Files[path], 0)
			if err != nil {
				found = append(found, violation(path, "%v", err))
				continue
			}
			for _, wrong := range check(file) {
				found = append(found, violation(path, "%s", wrong))
			}
		}
		return found
	})
}

// calls lists the uses of the named functions of the imported package called pkgName, as values too.
func calls(file *ast.File, pkgName string, names ...string) (found []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := selector.X.(*ast.Ident); ok && id.Name == pkgName && slices.Contains(names, selector.Sel.Name) {
			found = append(found, "uses "+pkgName+"."+selector.Sel.Name)
		}
		return true
	})
	return found
}

// callsMethod reports whether the text calls a method of that name on a plain variable called t, b, f or tb.
func callsMethod(text, name string) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
	if err != nil {
		return false // the compiler says it better
	}
	for _, receiver := range []string{"t", "b", "f", "tb"} {
		if len(calls(file, receiver, name)) > 0 {
			return true
		}
	}
	return false
}

func countLines(text string) int { return strings.Count(text, "\n") }

func generated(text string) bool {
	head, _, _ := strings.Cut(text, "\npackage ")
	return strings.Contains(head, "Code generated ") && strings.Contains(head, " DO NOT EDIT")
}
