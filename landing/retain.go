package landing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"limnograph/objectkey"
)

// expire deletes the objects of an hour that is older than its table is kept: first they are no longer published, and
// when the longest query could have ended they go. What is not read yet by whoever must stays, and so does what belongs
// to an import that is not finished.
func (r *round) expire(ctx context.Context, h *hour) error {
	var publish []string
	var gone []*landedObject
	for _, o := range h.all {
		at, withdrawn := r.withdrawn[o.key]
		switch {
		case withdrawn && r.now.Sub(at) >= r.cfg.LongestQuery:
			gone = append(gone, o)
		case !withdrawn && r.mayExpire(h.table, o):
			publish = append(publish, o.key)
		}
	}
	if len(publish) > 0 {
		if err := r.replace(ctx, h.table, publish, nil); err != nil {
			return err
		}
		for _, key := range publish {
			r.withdrawn[key] = r.lander.cfg.Now()
		}
	}
	return r.deleteExpired(ctx, h, gone)
}

func (r *round) mayExpire(table string, o *landedObject) bool {
	return !o.named || o.landing.Sequence < r.below && r.cfg.Covered(table, o.landing)
}

// deleteExpired deletes objects, packed ones after what they replace, which would come back without them.
func (r *round) deleteExpired(ctx context.Context, h *hour, gone []*landedObject) error {
	slices.SortStableFunc(gone, func(a, b *landedObject) int { return cmp.Compare(a.landing.Through, b.landing.Through) })
	for _, o := range gone {
		if err := r.delete(ctx, "expired", o.key); err != nil {
			return err
		}
		delete(r.withdrawn, o.key)
	}
	if len(gone) == len(h.all) {
		return r.cfg.Tidy(ctx, h.folder)
	}
	return nil
}

// expireQuarantine deletes what was put aside longer ago than it is kept. Nobody reads it but people.
func (k *Keeper) expireQuarantine(ctx context.Context, now time.Time) error {
	if k.cfg.QuarantineRetention <= 0 {
		return nil
	}
	var errs []error
	folders := map[string]bool{}
	for info, err := range k.objects.List(ctx, objectkey.QuarantinePrefix, "") {
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		at, ok := objectkey.ArrivalOf(info.Key)
		if !ok {
			at = info.Modified
		}
		if now.Before(at.Truncate(time.Hour).Add(time.Hour + k.cfg.QuarantineRetention)) {
			continue
		}
		if err := k.delete(ctx, "quarantine", info.Key); err != nil {
			errs = append(errs, err)
			continue
		}
		k.lander.limits.move(true, 0, -info.Size)
		folders[folderOf(info.Key)] = true
	}
	for folder := range folders {
		errs = append(errs, k.cfg.Tidy(ctx, folder))
	}
	return errors.Join(errs...)
}
