package cataloging

import (
	"context"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"limnograph"
	"limnograph/objectkey"
	"limnograph/schema"
)

// register ensures the table of every known schema, so that its names answer before the first delivery. It reports
// whether anything changed. A schema that the catalogue refuses is logged once and takes nothing else down.
func (w *Worker) register(ctx context.Context, schemas []limnograph.Schema) (changed bool, err error) {
	for _, s := range withOther(schemas) {
		one, err := w.ensure(ctx, s)
		changed = changed || one
		switch limnograph.ErrorCode(err) {
		case "", limnograph.CodeNotFound: // not registered yet by whoever writes the catalogue
		case limnograph.CodeConflict, limnograph.CodeInvalid:
			w.warnOnce("schema refused", s.Table, err)
		default:
			return changed, err
		}
	}
	w.known = schemas
	return w.cfg.Follow && w.unpublish(schemas) || changed, nil
}

// unpublish forgets the tables that have no schema any more, and reports whether there were any.
func (w *Worker) unpublish(schemas []limnograph.Schema) (changed bool) {
	for name := range w.tables {
		if !slices.ContainsFunc(schemas, func(s limnograph.Schema) bool { return s.Table == name }) {
			delete(w.tables, name)
			changed = true
		}
	}
	return changed
}

func withOther(schemas []limnograph.Schema) []limnograph.Schema {
	isOther := func(s limnograph.Schema) bool { return s.Table == limnograph.OtherTable }
	if slices.ContainsFunc(schemas, isOther) {
		return schemas
	}
	return append(slices.Clip(schemas), schema.Other())
}

// registerChanged does the same when the schemas are not those of the last time.
func (w *Worker) registerChanged(ctx context.Context) error {
	schemas := w.schemas()
	if reflect.DeepEqual(schemas, w.known) {
		return nil
	}
	changed, err := w.register(ctx, schemas)
	w.publishIf(changed)
	if err != nil {
		return err
	}
	return w.retryWaiting(ctx)
}

// ensure creates or updates one table in the catalogue and here.
func (w *Worker) ensure(ctx context.Context, s limnograph.Schema) (changed bool, err error) {
	changed, err = w.cat.EnsureTable(ctx, s)
	if err != nil {
		return false, err
	}
	t := w.tables[s.Table]
	if t == nil {
		w.tables[s.Table] = newTable(s)
		return true, nil
	}
	changed = changed || !reflect.DeepEqual(t.schema, s)
	t.schema = s
	return changed, nil
}

// tableFor returns the table that a folder of landing belongs to. A folder without a definition becomes a table
// whose namespace is unknown: nothing that has landed stays unreadable.
func (w *Worker) tableFor(ctx context.Context, name string) (*table, error) {
	if t := w.tables[name]; t != nil {
		return t, nil
	}
	s := schema.Unknown(name)
	for _, one := range withOther(w.schemas()) {
		if one.Table == name {
			s = one
		}
	}
	if _, err := w.ensure(ctx, s); err != nil {
		return nil, err
	}
	return w.tables[name], nil
}

// add catalogues new files, which may be of several tables: table, partitions, ledger, then here. Files whose key is
// no landing key are left out, those that are known, unless bounds come for which none were known, and those that are
// withdrawn or packed. What is packed in a new file leaves in the same step. It reports whether anything changed.
func (w *Worker) add(ctx context.Context, files []limnograph.File) (changed bool, err error) {
	byTable := make(map[string]*addition)
	for _, f := range files {
		w.sort(byTable, f)
	}
	for name, a := range byTable {
		one, err := w.addTo(ctx, name, a)
		changed = changed || one
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// addition is what one table gets.
type addition struct {
	files map[string]limnograph.File      // by key; also known ones that get their bounds
	parts map[string]limnograph.Partition // by folder
}

func (w *Worker) sort(byTable map[string]*addition, f limnograph.File) {
	if !strings.HasPrefix(f.Key, objectkey.MetricsPrefix) {
		return
	}
	name, part, err := placeOf(f.Key)
	if err != nil {
		w.warnOnce("foreign object in landing ignored", f.Key, err)
		return
	}
	a := byTable[name]
	if a == nil {
		a = &addition{files: make(map[string]limnograph.File), parts: make(map[string]limnograph.Partition)}
		byTable[name] = a
	}
	if t := w.tables[name]; t != nil && !t.wants(f) {
		return
	}
	if have, twice := a.files[f.Key]; twice && (have.Lines != 0 || f.Lines == 0) {
		return
	}
	a.parts[path.Dir(f.Key)+"/"] = part
	a.files[f.Key] = f
}

func (w *Worker) addTo(ctx context.Context, name string, a *addition) (changed bool, err error) {
	if len(a.files) == 0 {
		return false, nil
	}
	t, err := w.tableFor(ctx, name)
	switch limnograph.ErrorCode(err) {
	case "":
	case limnograph.CodeInvalid, limnograph.CodeConflict:
		w.warnOnce("foreign folder in landing ignored", name, err)
		return false, nil
	case limnograph.CodeNotFound:
		w.postpone(a, nil)
		return false, nil
	default:
		return false, err
	}
	t.leaveOut(a)
	if err := w.addPartitions(ctx, name, t, a); err != nil || len(a.files) == 0 {
		return false, err
	}
	files := slices.SortedFunc(maps.Values(a.files), func(x, y limnograph.File) int { return strings.Compare(x.Key, y.Key) })
	if err := w.ledger.Record(ctx, name, files); err != nil {
		return false, err
	}
	replaced := t.replacedBy(files)
	if len(replaced) > 0 {
		if err := w.ledger.Forget(ctx, name, replaced); err != nil {
			return false, err
		}
	}
	t.add(files)
	if len(replaced) > 0 {
		t.drop(replaced)
	}
	return true, nil
}

// addPartitions registers the partitions of an addition. Files whose partition can't be registered yet leave it.
func (w *Worker) addPartitions(ctx context.Context, name string, t *table, a *addition) error {
	parts := newPartitions(t, a)
	if len(parts) == 0 {
		return nil
	}
	_, err := w.cat.AddPartitions(ctx, name, parts)
	if missing, notYet := isNotYet(err); notYet {
		w.postpone(a, missing)
		return nil
	}
	return err
}

// newPartitions leaves out those that have objects already: they are registered.
func newPartitions(t *table, a *addition) []limnograph.Partition {
	var parts []limnograph.Partition
	for folder, p := range a.parts {
		if len(t.dirs[folder]) == 0 {
			parts = append(parts, p)
		}
	}
	return parts
}
