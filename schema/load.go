package schema

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"limnograph"
)

// Load returns the built-in schemas and those of the *.yaml and *.yml files in dir, sorted by table. A file that
// names a built-in namespace replaces its definition; it must keep the table and the columns, which the product's own
// pages read. An absent directory holds no files.
//
// One bad file takes nothing else down: the good schemas are returned together with the errors, joined (CodeInvalid
// with file:line:column and the remedy; CodeInternal when a file can't be read).
func Load(fsys fs.FS, dir string) ([]limnograph.Schema, error) {
	l := &loader{byTable: make(map[string]source), byNamespace: make(map[string]source)}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.errs = append(l.errs, readError(dir, err))
	}
	for _, e := range entries {
		if isDefinition(e) {
			l.file(fsys, path.Join(dir, e.Name()))
		}
	}
	for _, b := range Builtin() {
		if _, replaced := l.byNamespace[b.Namespace]; !replaced {
			l.add(source{schema: b, file: "the built-in " + b.Table})
		}
	}
	slices.SortFunc(l.schemas, func(a, b limnograph.Schema) int { return strings.Compare(a.Table, b.Table) })
	return l.schemas, errors.Join(l.errs...)
}

// source is a schema and where it stands.
type source struct {
	schema limnograph.Schema
	file   string
}

type loader struct {
	schemas     []limnograph.Schema
	byTable     map[string]source
	byNamespace map[string]source
	errs        []error
}

func isDefinition(e fs.DirEntry) bool {
	ext := path.Ext(e.Name())
	return !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && (ext == ".yaml" || ext == ".yml")
}

func (l *loader) file(fsys fs.FS, name string) {
	data, err := readBounded(fsys, name)
	if err != nil {
		l.errs = append(l.errs, readError(name, err))
		return
	}
	s, err := Parse(name, data)
	if err == nil {
		err = l.conflict(s, name)
	}
	if err != nil {
		l.errs = append(l.errs, err)
		return
	}
	l.add(source{schema: s, file: name})
}

// readBounded reads one byte more than Parse takes, so that Parse can refuse a huge file.
func readBounded(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

func readError(name string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeInternal, Op: "read schema definition", Message: name, Err: err,
		Hint: "check that the file is readable",
	}
}

// conflict refuses a table or namespace that an earlier file has, and a change of a built-in table's shape.
func (l *loader) conflict(s limnograph.Schema, name string) error {
	if other, ok := l.byNamespace[s.Namespace]; ok {
		return invalid(fmt.Sprintf("%s: namespace %q is already defined by %s", name, s.Namespace, other.file), "keep one of the two files")
	}
	if other, ok := l.byTable[s.Table]; ok {
		return invalid(fmt.Sprintf("%s: table %q is already defined by %s", name, s.Table, other.file), "give this namespace another table:")
	}
	for _, b := range Builtin() {
		if err := keepsBuiltin(s, b, name); err != nil {
			return err
		}
	}
	return nil
}

func keepsBuiltin(s, builtin limnograph.Schema, name string) error {
	sameNamespace, sameTable := s.Namespace == builtin.Namespace, s.Table == builtin.Table
	if sameNamespace != sameTable {
		return invalid(fmt.Sprintf("%s: table %s belongs to namespace %s and the other way round", name, builtin.Table, builtin.Namespace),
			"keep the two together: the page reads this table")
	}
	if !sameNamespace {
		return nil
	}
	for _, d := range builtin.Dimensions {
		if !slices.Contains(s.Dimensions, d) {
			return invalid(fmt.Sprintf("%s: column %s (dimension %s) is missing", name, d.Column, d.Name),
				"add it: the page reads it; further columns are welcome")
		}
	}
	return keepsMeaning(s, builtin, name)
}

func keepsMeaning(s, builtin limnograph.Schema, name string) error {
	for _, t := range builtin.Totals {
		if !slices.Contains(s.Totals, t) {
			return invalid(fmt.Sprintf("%s: total %s: %s is missing", name, t.Name, t.Value), "add it below totals: or sums count twice")
		}
	}
	for _, e := range builtin.Extracts {
		if !slices.Contains(s.Extracts, e) {
			return invalid(fmt.Sprintf("%s: extracted column %s is missing or differs", name, e.Column), "copy it from the built-in definition")
		}
	}
	return nil
}

func (l *loader) add(s source) {
	l.schemas = append(l.schemas, s.schema)
	l.byTable[s.schema.Table], l.byNamespace[s.schema.Namespace] = s, s
}
