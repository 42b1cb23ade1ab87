package lake

import (
	"context"
	"errors"

	"limnograph"
)

// pin is one state of a table, kept from being deleted, and the landed objects whose batches it covers.
type pin struct {
	files   *tableFiles
	base    state
	floor   int64 // rows before this time are not kept, milliseconds since the epoch
	objects []landedObject
	release func()
	behind  error // why the state may not cover all of the objects; nil: it does
}

// pin lists what has landed, lets the committer catch up with it, and then keeps the newest state: so it covers every
// listed batch, and what comes later is in none of the objects.
func (t *table) pin(ctx context.Context, reader limnograph.LandedReader, within window) (*pin, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	sources, err := t.sources(ctx, false)
	if err != nil {
		return nil, err
	}
	objects, err := listLanded(ctx, reader, sources, within)
	if err != nil {
		return nil, err
	}
	behind := t.catchUp(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := t.holdNewest(ctx)
	if err != nil {
		return nil, err
	}
	p.objects, p.behind = objects, behind
	return p, nil
}

// catchUp curates what has landed until now.
func (t *table) catchUp(ctx context.Context) error {
	for {
		if more, err := t.curate(ctx); err != nil || !more {
			return err
		}
	}
}

// holdNewest keeps the newest state from being deleted.
func (t *table) holdNewest(ctx context.Context) (*pin, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return nil, err
	}
	return t.holdBase(), nil
}

// holdBase does it for who holds mu.
func (t *table) holdBase() *pin {
	needed := append([]limnograph.DataFile{}, t.base.Files...)
	for _, h := range t.base.Held {
		needed = append(needed, limnograph.DataFile{Key: h.Key})
	}
	return &pin{files: t.tableFiles, base: t.base, floor: t.retained(), release: t.lake.Hold(needed)}
}

// chosen returns the names of the tables that a verification or rebuild is about: one, or all that a schema names.
func (l *Lake) chosen(name string) (tables []*table, err error) {
	if name != "" {
		t, err := l.named(name)
		return []*table{t}, err
	}
	err = l.each(func(t *table) error { tables = append(tables, t); return nil })
	return tables, err
}

// isDamage reports whether an error says that stored content is not as it was written, or not there.
func isDamage(err error) bool {
	code := limnograph.ErrorCode(err)
	return code == limnograph.CodeInvalid || code == limnograph.CodeNotFound
}

// cause returns the text of an error without what fileError says about every file.
func causeOf(err error) string {
	var e *limnograph.Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err.Error()
	}
	return err.Error()
}
