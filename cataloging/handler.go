package cataloging

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"limnograph"
)

// Handler catalogues messages that tell of objects, one batch after another, without a ledger and without a life of its
// own: it is what runs where notifications come through a queue. What it knows it can forget at any time, and any number
// of handlers may work on one catalogue. It is safe for concurrent use.
type Handler struct {
	objects limnograph.ObjectReader
	cat     limnograph.CatalogWriter
	defs    Definitions
	cfg     HandlerConfig
	known   *memory
	gate    chan struct{} // holds an element while somebody registers, so that nothing is registered twice at once
}

// HandlerConfig holds what is optional; the zero value works.
type HandlerConfig struct {
	TableTTL      time.Duration    // how long a table that was found right is not looked at again; 0: 5 min
	MaxPartitions int              // partitions remembered, some 200 bytes each; 0: 10,000
	Window        time.Duration    // how far back Reconcile looks; 0: 3 h
	MaxCalls      int              // list calls that one Reconcile may make; 0: 1,000
	Now           func() time.Time // nil: time.Now
}

func (c HandlerConfig) withDefaults() HandlerConfig {
	c.TableTTL = cmp.Or(c.TableTTL, 5*time.Minute)
	c.MaxPartitions = cmp.Or(c.MaxPartitions, 10_000)
	c.Window = cmp.Or(c.Window, 3*time.Hour)
	c.MaxCalls = cmp.Or(c.MaxCalls, 1000)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// NewHandler returns a handler over a store and its catalogue. It reads the store to tell whether an object is still
// there, and to reconcile.
func NewHandler(objects limnograph.ObjectReader, cat limnograph.CatalogWriter, defs Definitions, cfg HandlerConfig) *Handler {
	cfg = cfg.withDefaults()
	return &Handler{
		objects: objects, cat: cat, defs: defs, cfg: cfg,
		known: newMemory(cfg.MaxPartitions, cfg.TableTTL), gate: make(chan struct{}, 1),
	}
}

// Catalogue makes sure that table, view and partition of every object exist. Each message may tell of several objects.
// It returns one error for each message: nil says that all of its objects are dealt with, an error that some are not and
// the message has to come again. A table or a partition that fails takes down the messages that need it and no others.
// Objects that are not for the catalogue are counted and are no error.
//
// Errors: CodeNotFound (the table has no definition), CodeInvalid and CodeConflict (the definition is wrong, or does not
// fit the table as it is), CodeTimeout (ctx ended first), and those of store and catalogue.
func (h *Handler) Catalogue(ctx context.Context, messages [][]limnograph.ObjectEvent) (errs []error, c Counts) {
	b := newBatch(len(messages))
	for i, objects := range messages {
		for _, o := range objects {
			b.sort(i, o.Key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.tables)) {
		h.catalogueTable(ctx, b, name)
	}
	b.counts.Messages = len(messages)
	for _, err := range b.errs {
		if err != nil {
			b.counts.Failed++
		}
	}
	return b.errs, b.counts
}

// catalogueTable publishes what a batch wants of one table.
func (h *Handler) catalogueTable(ctx context.Context, b *batch, name string) {
	table := b.tables[name]
	for _, p := range table.sorted() {
		if h.known.has(name, p) {
			continue
		}
		there, err := h.anyThere(ctx, b, table[p])
		if err != nil {
			b.fail(table[p], err)
		}
		if err != nil || !there {
			delete(table, p)
		}
	}
	if len(table) == 0 {
		return
	}
	for p, err := range h.publish(ctx, name, table.sorted(), false, &b.counts) {
		b.fail(table[p], err)
		delete(table, p)
	}
	for _, want := range table {
		b.counts.Objects += want.events
	}
}

// anyThere reports whether one of a partition's objects is in the store. Objects that are gone are counted and no longer
// wanted.
func (h *Handler) anyThere(ctx context.Context, b *batch, want *wanted) (bool, error) {
	for _, key := range slices.Sorted(maps.Keys(want.keys)) {
		_, err := h.objects.Stat(ctx, key)
		if err == nil {
			return true, nil
		}
		if limnograph.ErrorCode(err) != limnograph.CodeNotFound {
			return false, describe(ctx, "look for "+key, err)
		}
		b.counts.Skip(ReasonGone, want.keys[key])
		want.events -= want.keys[key]
	}
	return false, nil
}

// describe says what was being done, and keeps the code of the error, or says that time ran out.
func describe(ctx context.Context, what string, err error) error {
	code := limnograph.ErrorCode(err)
	hint := ""
	if ctx.Err() != nil {
		code, hint = limnograph.CodeTimeout, "it comes again by itself; give the function more time, or smaller batches, if this repeats"
	}
	return &limnograph.Error{Code: code, Op: "catalogue", Message: what, Err: err, Hint: hint}
}

// enter waits until nobody else registers.
func (h *Handler) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.gate <- struct{}{}:
		return func() { <-h.gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
