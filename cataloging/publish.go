package cataloging

import (
	"context"
	"fmt"
	"slices"

	"limnograph"
)

// publish makes sure that a table is as its definition says and has the partitions. again registers even those that are
// remembered. It returns the partitions that are not there now, with the reason.
func (h *Handler) publish(ctx context.Context, table string, parts []limnograph.Partition, again bool, c *Counts) map[limnograph.Partition]error {
	// What costs calls anyway is worth a look at the definition: a change counts from the next new partition on.
	s, err := h.defs.Definition(ctx, table, len(h.missing(table, parts, again)) > 0)
	if err != nil {
		return failAll(parts, describe(ctx, "table "+table, err))
	}
	if !again && h.isDone(s, parts) {
		return nil
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return failAll(parts, describe(ctx, "table "+table, err))
	}
	defer leave()
	if err := h.ensure(ctx, s, c); err != nil {
		return failAll(parts, describe(ctx, "table "+table, err))
	}
	if s.Projection.Enabled() {
		return unprojected(s, parts)
	}
	return h.register(ctx, s, h.missing(table, parts, again), c)
}

func failAll(parts []limnograph.Partition, err error) map[limnograph.Partition]error {
	failed := make(map[limnograph.Partition]error, len(parts))
	for _, p := range parts {
		failed[p] = err
	}
	return failed
}

// isDone reports whether there is nothing to do, without waiting for anybody.
func (h *Handler) isDone(s limnograph.Schema, parts []limnograph.Partition) bool {
	return !s.Projection.Enabled() && h.known.isEnsured(s, h.cfg.Now()) && len(h.missing(s.Table, parts, false)) == 0
}

// missing leaves out the partitions that are remembered.
func (h *Handler) missing(table string, parts []limnograph.Partition, again bool) []limnograph.Partition {
	if again {
		return parts
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p limnograph.Partition) bool { return h.known.has(table, p) })
}

// ensure creates or updates the table, unless it was found right lately.
func (h *Handler) ensure(ctx context.Context, s limnograph.Schema, c *Counts) error {
	now := h.cfg.Now()
	if h.known.isEnsured(s, now) {
		return nil
	}
	changed, err := h.cat.EnsureTable(ctx, s)
	if err != nil {
		return err
	}
	if changed {
		c.Tables++
	}
	h.known.ensure(s, now, changed)
	return nil
}

// register adds partitions in one call. When somebody has dropped the table meanwhile, it is made again.
func (h *Handler) register(ctx context.Context, s limnograph.Schema, parts []limnograph.Partition, c *Counts) map[limnograph.Partition]error {
	if len(parts) == 0 {
		return nil
	}
	added, err := h.cat.AddPartitions(ctx, s.Table, parts)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		h.known.forget(s.Table)
		if err = h.ensure(ctx, s, c); err == nil {
			added, err = h.cat.AddPartitions(ctx, s.Table, parts)
		}
	}
	switch {
	case err == nil:
		h.known.add(s.Table, parts)
		c.Partitions += added
		return nil
	case len(parts) > 1 && limnograph.ErrorCode(err) == limnograph.CodeInvalid:
		return h.registerEach(ctx, s, parts, c)
	}
	return failAll(parts, describe(ctx, fmt.Sprintf("%d partitions of table %s", len(parts), s.Table), err))
}

// registerEach adds partitions one by one, because the catalogue refuses one of them for good.
func (h *Handler) registerEach(ctx context.Context, s limnograph.Schema, parts []limnograph.Partition, c *Counts) map[limnograph.Partition]error {
	failed := make(map[limnograph.Partition]error)
	for _, p := range parts {
		for one, err := range h.register(ctx, s, []limnograph.Partition{p}, c) {
			failed[one] = err
		}
	}
	return failed
}

// unprojected finds the partitions that a table with projection does not compute: their objects would stay unseen.
func unprojected(s limnograph.Schema, parts []limnograph.Partition) map[limnograph.Partition]error {
	failed := make(map[limnograph.Partition]error)
	for _, p := range parts {
		if isComputed(s.Projection, p) {
			continue
		}
		failed[p] = &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "catalogue",
			Message: fmt.Sprintf("table %s computes its partitions, and not that of sender %s in %d", s.Table, p.Sender, p.Hour.Year()),
			Hint:    "add the sender to projection: in schemas/" + s.Table + ".yaml, or an earlier since:, then redrive",
		}
	}
	return failed
}

// isComputed reports whether a partition is one of those that engines compute from a projection.
func isComputed(of limnograph.Projection, p limnograph.Partition) bool {
	return slices.Contains(of.Senders, p.Sender) && p.Hour.Year() >= of.Since
}
