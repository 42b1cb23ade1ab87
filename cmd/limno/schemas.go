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

// newSchemaSource reads the definitions once. A missing directory holds none.
func newSchemaSource(dir string, log *slog.Logger) (*schemaSource, error) {
	s := &schemaSource{dir: dir, log: log, trouble: sayOnce{log: log, message: "schema definition refused; those in force stay"}}
	set, err := schema.NewSet(schema.Builtin())
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

// reload takes over what is readable and says once what is not. While something is not readable, a definition that
// was in force stays: an editor that saves a file in two steps must not send a minute's lines to another table.
func (s *schemaSource) reload() {
	definitions, err := schema.Load(os.DirFS(s.dir), ".")
	if err != nil {
		definitions = keepMissing(definitions, s.all())
	}
	set, setErr := schema.NewSet(definitions)
	s.trouble.report(errors.Join(err, setErr))
	if set == nil || reflect.DeepEqual(set.All(), s.all()) {
		return
	}
	s.current.Store(set)
	s.log.Info("schema definitions in force", "dir", s.dir, "count", len(set.All()))
}

// keepMissing adds the definitions in force whose table and namespace no readable one takes.
func keepMissing(readable, inForce []limnograph.Schema) []limnograph.Schema {
	out := slices.Clone(readable)
	for _, old := range inForce {
		taken := slices.ContainsFunc(readable, func(s limnograph.Schema) bool { return s.Table == old.Table || s.Namespace == old.Namespace })
		if !taken {
			out = append(out, old)
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
