package cataloging

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"limnograph"
	"limnograph/schema"
)

// maxDefinition is one byte more than a definition may have, so that reading one can refuse a huge file.
const maxDefinition = 1<<20 + 1

// definitionTTL is how long a definition is used before it is read again.
const definitionTTL = time.Minute

// Definitions tells the schema definition of a table.
type Definitions interface {
	// Definition returns the definition of a table. fresh asks for it as it is now; otherwise it may be one of a while
	// ago. Errors: CodeNotFound (there is none), CodeInvalid (it is wrong, in words), CodeUnavailable.
	Definition(ctx context.Context, table string, fresh bool) (limnograph.Schema, error)
}

// DefinitionsConfig holds what is optional; the zero value works.
type DefinitionsConfig struct {
	Where string           // what stands before a key in messages, such as s3://bucket/; empty: nothing
	Now   func() time.Time // nil: time.Now
}

// StoredDefinitions reads definitions from a store, one file a table: <prefix><table>.yaml. A table without a file has the
// definition that the product ships, if there is one. It is safe for concurrent use.
type StoredDefinitions struct {
	objects limnograph.ObjectReader
	prefix  string
	shipped []limnograph.Schema
	cfg     DefinitionsConfig

	mu    sync.Mutex
	known map[string]definition // by table; tables without a good definition are not remembered
}

type definition struct {
	schema limnograph.Schema
	read   time.Time
}

var _ Definitions = (*StoredDefinitions)(nil)

// NewStoredDefinitions returns definitions below prefix ("" or with a slash at its end). The table of namespaces without
// a definition is always among the shipped ones.
func NewStoredDefinitions(objects limnograph.ObjectReader, prefix string, shipped []limnograph.Schema, cfg DefinitionsConfig) *StoredDefinitions {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &StoredDefinitions{objects: objects, prefix: prefix, shipped: withOther(shipped), cfg: cfg, known: make(map[string]definition)}
}

// Definition returns the definition of a table, read at most definitionTTL ago, or now. While the store is unavailable an older one
// goes on counting. Errors: those of Definitions; neither an absent nor a wrong file is remembered, so that a correction
// counts at once.
func (d *StoredDefinitions) Definition(ctx context.Context, table string, fresh bool) (limnograph.Schema, error) {
	have, known := d.remembered(table)
	if known && !fresh && d.cfg.Now().Sub(have.read) < definitionTTL {
		return have.schema, nil
	}
	s, err := d.read(ctx, table)
	switch limnograph.ErrorCode(err) {
	case "":
		d.remember(table, s)
	case limnograph.CodeUnavailable, limnograph.CodeTimeout:
		if known && ctx.Err() == nil {
			return have.schema, nil
		}
	}
	return s, err
}

func (d *StoredDefinitions) remembered(table string) (definition, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	have, known := d.known[table]
	return have, known
}

func (d *StoredDefinitions) remember(table string, s limnograph.Schema) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[table] = definition{schema: s, read: d.cfg.Now()}
}

// read takes the file, else the shipped definition.
func (d *StoredDefinitions) read(ctx context.Context, table string) (limnograph.Schema, error) {
	key := d.prefix + table + ".yaml"
	data, err := d.file(ctx, key)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return d.fallback(table)
	}
	if err != nil {
		return limnograph.Schema{}, fmt.Errorf("read schema definition %s: %w", d.cfg.Where+key, err)
	}
	s, err := schema.ParseTable(table, d.cfg.Where+key, data)
	if err != nil {
		return limnograph.Schema{}, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "read schema definition", Message: "what is catalogued of " + table + " stays as it is", Err: err,
			Hint: "correct " + d.cfg.Where + key + ", then redrive",
		}
	}
	return s, nil
}

func (d *StoredDefinitions) file(ctx context.Context, key string) ([]byte, error) {
	r, err := d.objects.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxDefinition))
	if err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "read object", Message: key, Err: err}
	}
	return data, nil
}

func (d *StoredDefinitions) fallback(table string) (limnograph.Schema, error) {
	i := slices.IndexFunc(d.shipped, func(s limnograph.Schema) bool { return s.Table == table })
	if i >= 0 {
		return d.shipped[i], nil
	}
	return limnograph.Schema{}, &limnograph.Error{
		Code: limnograph.CodeNotFound, Op: "read schema definition", Message: "there is no definition of the table " + table,
		Hint: "put " + d.cfg.Where + d.prefix + table + ".yaml there, then redrive",
	}
}
