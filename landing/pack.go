package landing

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"

	"limnograph"
	"limnograph/objectkey"
)

// pack makes large objects of the small ones of an hour. Objects are measured when a plan wants them, and then there is
// a new plan, until it wants only what is measured.
func (r *round) pack(ctx context.Context, h *hour) error {
	plan := r.planFor(h)
	for {
		runs := plan.runs()
		fresh, err := r.measureAll(ctx, runs)
		if err != nil {
			return err
		}
		if fresh {
			continue
		}
		var errs []error
		for _, run := range runs {
			errs = append(errs, r.packRun(ctx, h.table, run))
		}
		return errors.Join(errs...)
	}
}

func (r *round) planFor(h *hour) packPlan {
	p := packPlan{maxBytes: r.cfg.PackBytes, measured: func(o *landedObject) *measure { return r.measures[o.key] }}
	for _, o := range h.live() {
		switch {
		case o.named:
			p.objects = append(p.objects, o)
		case !o.arrival.IsZero():
			p.others = append(p.others, o.arrival)
		}
	}
	sortBySequence(p.objects)
	covered := map[*landedObject]bool{}
	for _, o := range p.objects {
		covered[o] = !o.landing.Packed() && r.cfg.Covered(h.table, o.landing)
	}
	p.may = func(o *landedObject) bool {
		m := r.measures[o.key]
		return covered[o] && o.landing.Sequence < r.below && (m == nil || m.last < r.below)
	}
	return p
}

// measureAll reports whether anything was measured that was not before.
func (r *round) measureAll(ctx context.Context, runs [][]*landedObject) (fresh bool, err error) {
	for _, o := range slices.Concat(runs...) {
		if r.measures[o.key] != nil {
			continue
		}
		fresh = true
		m, err := r.measureOf(ctx, o)
		if limnograph.ErrorCode(err) == limnograph.CodeNotFound { // deleted by others
			m, err = &measure{err: err}, nil
			r.measures[o.key] = m
		}
		if err != nil {
			return fresh, err
		}
		if m.err != nil {
			r.log.Warn("a sealed object can't be packed and stays as it is", slog.String("object", o.key), slog.Any("error", m.err))
		}
	}
	return fresh, nil
}

// packRun stores one packed object and publishes it in the place of what it was made of. Broken off after the first
// step, settle does the second one.
func (r *round) packRun(ctx context.Context, table string, run []*landedObject) error {
	named := run[0].landing
	named.Through = r.measures[run[len(run)-1].key].last
	file := limnograph.File{Key: named.Key()}
	var sum objectkey.Member
	for _, o := range run {
		sum.Add(r.measures[o.key].content)
		file.Size += o.size
	}
	if err := r.lander.limits.room(file.Size); err != nil {
		return err
	}
	body, closeBody := r.packingOf(ctx, run)
	info, err := r.objects.Put(ctx, file.Key, body, limnograph.PutOptions{IfAbsent: true})
	if err = errors.Join(err, closeBody()); err != nil {
		return err
	}
	r.lander.metrics.packed.Inc()
	r.lander.metrics.packedFrom.Add(float64(len(run)))
	file.Size, file.Lines, file.MinTime, file.MaxTime = info.Size, sum.Lines, sum.MinTime, sum.MaxTime
	return r.publish(ctx, table, file, run)
}

// packingOf reads objects, measured ones, as one packed object holds them.
func (k *Keeper) packingOf(ctx context.Context, objects []*landedObject) (body io.Reader, closeBody func() error) {
	readers, parts := make([]io.Reader, 0, len(objects)), make([]*packing, 0, len(objects))
	for _, o := range objects {
		p := &packing{ctx: ctx, objects: k.objects, key: o.key, patches: k.measures[o.key].patches}
		parts, readers = append(parts, p), append(readers, p)
	}
	return io.MultiReader(readers...), func() (err error) {
		for _, p := range parts {
			err = errors.Join(err, p.Close())
		}
		return err
	}
}

// publish shows a packed object in the place of what it replaces.
func (r *round) publish(ctx context.Context, table string, packed limnograph.File, replaced []*landedObject) error {
	if err := r.replace(ctx, table, keysOf(replaced), []limnograph.File{packed}); err != nil {
		return err
	}
	r.seen[packed.Key] = true
	r.packed[packed.Key] = r.lander.cfg.Now()
	return nil
}

// adopt publishes a packed object that this process has not, or not surely, made durable. It is there, but after a crash
// its name need not be durable: it is put again before anything that it replaces may go.
func (r *round) adopt(ctx context.Context, table string, packed *landedObject, replaced []*landedObject) error {
	if err := r.lander.putAgain(ctx, packed.key); err != nil {
		return err
	}
	return r.publish(ctx, table, limnograph.File{Key: packed.key, Size: packed.size}, replaced)
}

// settle goes on with what is packed already: it publishes a packed object of an earlier process, and deletes what one
// replaces once no query can be reading that any more.
func (r *round) settle(ctx context.Context, h *hour) error {
	var errs []error
	for _, p := range h.packs() {
		replaced := h.replacedBy(p)
		if len(replaced) == 0 {
			delete(r.packed, p.key)
			continue
		}
		at, published := r.packed[p.key]
		switch {
		case !published:
			errs = append(errs, r.adopt(ctx, h.table, p, replaced))
		case r.now.Sub(at) >= r.cfg.LongestQuery:
			errs = append(errs, r.prune(ctx, p, replaced))
		}
	}
	return errors.Join(errs...)
}

// isPacked reports whether an object that is gone is in a packed one.
func (l *Lander) isPacked(ctx context.Context, key string) bool {
	gone, err := objectkey.ParseLanding(key)
	if err != nil {
		return false
	}
	for info, err := range l.objects.List(ctx, objectkey.Folder(gone.Table, limnograph.Partition{Sender: gone.Sender, Hour: gone.Arrival}), "") {
		if err != nil {
			return false
		}
		if other, err := objectkey.ParseLanding(info.Key); err == nil && other.Replaces(gone) {
			return true
		}
	}
	return false
}
