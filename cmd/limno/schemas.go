package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"sync/atomic"
	"time"

	"limnograph"
	"limnograph/schema"
)

// schemaPoll is how often the directory of schema definitions is looked at.
const schemaPoll = 2 * time.Second

// schemaSource keeps the schema definitions in force: the shipped ones and those of a directory, which may change at
// any time. A broken file leaves the definitions of the others as they are.
type schemaSource struct {
	dir     string
	log     *slog.Logger
	current atomic.Pointer[schema.Set]
	lastErr string
}

// newSchemaSource reads the definitions once. A missing directory holds none.
func newSchemaSource(dir string, log *slog.Logger) (*schemaSource, error) {
	s := &schemaSource{dir: dir, log: log}
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
func (s *schemaSource) watch(ctx context.Context) error {
	tick := time.NewTicker(schemaPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.reload()
		}
	}
}

// reload takes over what is readable and says once what is not.
func (s *schemaSource) reload() {
	set, err := readSchemas(s.dir)
	s.report(err)
	if set == nil || reflect.DeepEqual(set.All(), s.all()) {
		return
	}
	s.current.Store(set)
	s.log.Info("schema definitions in force", "dir", s.dir, "count", len(set.All()))
}

func (s *schemaSource) report(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != s.lastErr && text != "" {
		s.log.Error("schema definition refused; the others stay in force", "dir", s.dir, "err", text)
	}
	s.lastErr = text
}

// readSchemas returns the shipped definitions together with the readable ones of dir, and what is wrong with the rest.
func readSchemas(dir string) (*schema.Set, error) {
	definitions, err := schema.Load(os.DirFS(dir), ".")
	set, setErr := schema.NewSet(definitions)
	return set, errors.Join(err, setErr)
}
