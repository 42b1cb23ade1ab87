package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"limnograph"
	"limnograph/schema"
)

// schemaPoll is how often the directory of schema definitions is looked at.
const schemaPoll = 2 * time.Second

// schemaSource keeps the schema definitions in force: the shipped ones and those of a directory, which may change at
// any time.
type schemaSource struct {
	dir     string
	log     *slog.Logger
	current atomic.Pointer[schema.Set]
	trouble sayOnce
}

// newSchemaSource reads the definitions once. A missing directory holds none. published are those that the catalogue
// knows from before: in force until the directory is read without a mistake.
func newSchemaSource(dir string, published []limnograph.Schema, log *slog.Logger) (*schemaSource, error) {
	s := &schemaSource{dir: dir, log: log, trouble: sayOnce{log: log, message: "schema definition refused; those in force stay"}}
	set, err := schema.NewSet(inForce(schema.Builtin(), published))
	if err != nil {
		return nil, err
	}
	s.current.Store(set)
	s.reload()
	return s, nil
}

func (s *schemaSource) all() []limnograph.Schema        { return s.current.Load().All() }
func (s *schemaSource) tableOf(namespace string) string { return s.current.Load().TableOf(namespace) }

// watch reads the directory again and again until ctx ends.
func (s *schemaSource) watch(ctx context.Context) error { return every(ctx, schemaPoll, s.reload) }

// reload takes over what is readable and says once what is not. While there is a mistake, what is in force stays: an
// editor that saves a file in two steps, or a file that claims another's table, must not send lines to another table.
func (s *schemaSource) reload() {
	definitions, err := schema.Load(os.DirFS(s.dir), ".")
	if err != nil {
		definitions = inForce(s.all(), definitions)
	}
	set, setErr := schema.NewSet(definitions)
	s.trouble.report(errors.Join(err, setErr))
	if set == nil || reflect.DeepEqual(set.All(), s.all()) {
		return
	}
	s.current.Store(set)
	s.log.Info("schema definitions in force", "dir", s.dir, "count", len(set.All()))
}

// inForce adds to the old definitions the new ones that leave each old one its table and its namespace, and takes the
// new text of one that has both.
func inForce(old, fresh []limnograph.Schema) []limnograph.Schema {
	out := slices.Clone(old)
	for _, s := range fresh {
		if s.Namespace == "" {
			continue // the table of the other namespaces, and what was found without a definition
		}
		i := slices.IndexFunc(out, func(o limnograph.Schema) bool { return o.Table == s.Table || o.Namespace == s.Namespace })
		switch {
		case i < 0:
			out = append(out, s)
		case out[i].Table == s.Table && out[i].Namespace == s.Namespace:
			out[i] = s
		}
	}
	return out
}

// readSchemas returns the shipped definitions together with the readable ones of dir, and what is wrong with the rest.
func readSchemas(dir string) (*schema.Set, error) {
	definitions, err := schema.Load(os.DirFS(dir), ".")
	set, setErr := schema.NewSet(definitions)
	return set, errors.Join(err, setErr)
}
