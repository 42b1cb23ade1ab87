package limnograph_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "limnograph"

// tree is what the rules look at: the repository, or a planted one.
type tree struct {
	Packages []pkg
	Texts    map[string]string // Markdown and the page's sources, by slash-separated path
	Exists   func(path string) bool
}

// pkg is one Go package. Paths are relative to the module; the root package's is empty.
type pkg struct {
	Path    string
	Name    string
	Doc     string
	Imports []string          // of code that ships; packages of the module as "limnograph/..." or "limnograph"
	Files   map[string]string // content of code that ships, by path
	Tests   map[string]string // content of tests, by path
}

// local turns an import path into a path inside the module.
func local(importPath string) (string, bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func loadTree(t *testing.T) tree {
	t.Helper()
	return tree{
		Packages: loadPackages(t),
		Texts:    loadTexts(t),
		Exists: func(path string) bool {
			_, err := os.Stat(filepath.FromSlash(path))
			return err == nil
		},
	}
}

func loadPackages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json", "-tags=netgo,osusergo,peers", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var listed struct {
			Dir, ImportPath, Name, Doc                            string
			Imports, GoFiles, CgoFiles, TestGoFiles, XTestGoFiles []string
		}
		if err := dec.Decode(&listed); err != nil {
			t.Fatalf("go list: %v", err)
		}
		path, _ := local(listed.ImportPath)
		pkgs = append(pkgs, pkg{
			Path: path, Name: listed.Name, Doc: listed.Doc, Imports: listed.Imports,
			Files: readFiles(t, path, slices.Concat(listed.GoFiles, listed.CgoFiles)),
			Tests: readFiles(t, path, slices.Concat(listed.TestGoFiles, listed.XTestGoFiles)),
		})
	}
	return pkgs
}

func readFiles(t *testing.T, dir string, names []string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range names {
		path := strings.TrimPrefix(dir+"/"+name, "/")
		text, err := os.ReadFile(filepath.FromSlash(path))
		if err != nil {
			t.Fatal(err)
		}
		files[path] = string(text)
	}
	return files
}

// notRead are directories of what others wrote or the build made.
func notRead() []string {
	return []string{"bin", "coverage", "dist", "node_modules", "playwright-report", "test-results", "testdata"}
}

// loadTexts reads the documents and the page's sources.
func loadTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case entry.IsDir() && path != "." && (name[0] == '.' || slices.Contains(notRead(), name)):
			return fs.SkipDir
		case slices.Contains([]string{".md", ".ts", ".tsx", ".css", ".sql"}, filepath.Ext(name)):
			text, err := os.ReadFile(path)
			texts[filepath.ToSlash(path)] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
