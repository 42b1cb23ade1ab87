package landing

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// Replace publishes files in the place of old objects of a table, in one step, or withdraws the old ones when there are
// no files. When it returns nil, no query that begins from then on sees an old one. It may be repeated. It is not asked
// about record tables, whose objects nobody publishes: they are read through Feed and History alone.
type Replace func(ctx context.Context, table string, old []string, files []limnograph.File) error

// ofPublished leaves the record tables out.
func ofPublished(replace Replace) Replace {
	return func(ctx context.Context, table string, old []string, files []limnograph.File) error {
		if limnograph.IsRecordTable(table) {
			return nil
		}
		return replace(ctx, table, old, files)
	}
}

// KeeperConfig adjusts a Keeper. The zero value neither packs nor deletes anything.
type KeeperConfig struct {
	PackAfter           time.Duration // how long after the end of its arrival hour, and after its newest object, an hour is packed; 0: never
	PackBytes           int64         // greatest size of a packed object; 0: 128 MiB
	Retention           time.Duration // how long landing is kept, at most, whatever a schema says; 0: as the schema says
	QuarantineRetention time.Duration // how long quarantine is kept; 0: until its quota
	LongestQuery        time.Duration // what is no longer published stays for so long; 0: 5 min
	Every               time.Duration // pause between two rounds; 0: 10 min

	// Schemas tells the published tables, and the record tables; objects of others are left alone. Nil: there are none.
	Schemas func() []limnograph.Schema
	// Covered reports whether everything in a sealed object has been read by whoever must, so that the object may be
	// packed or deleted. Nil: nobody must.
	Covered func(table string, object objectkey.Landing) bool
	// Tidy hears of folders that may have become empty; nil: nobody.
	Tidy func(ctx context.Context, folder string) error
}

func (c KeeperConfig) withDefaults() KeeperConfig {
	c.PackBytes = or(c.PackBytes, 128<<20)
	c.LongestQuery = or(c.LongestQuery, 5*time.Minute)
	c.Every = or(c.Every, 10*time.Minute)
	if c.Schemas == nil {
		c.Schemas = func() []limnograph.Schema { return nil }
	}
	if c.Covered == nil {
		c.Covered = func(string, objectkey.Landing) bool { return true }
	}
	if c.Tidy == nil {
		c.Tidy = func(context.Context, string) error { return nil }
	}
	return c
}

// Keeper tends what has landed: it packs the small objects of an hour into large ones, and deletes what is older than
// its retention. Both go in steps that may be broken off anywhere: what is to be deleted is first no longer published,
// and deleted when the longest query could have ended. It remembers nothing on disk; what an earlier process left
// undone shows in the listing.
type Keeper struct {
	lander  *Lander
	objects limnograph.ObjectStore
	replace Replace
	cfg     KeeperConfig
	log     *slog.Logger
	now     func() time.Time

	packed    since // packed objects: since when what they replace is not published
	withdrawn since // expired objects: since when they are not published
	measures  map[string]*measure
}

// since says since when something holds, by key.
type since map[string]time.Time

// NewKeeper returns a keeper of what lander lands. Run and Tend must not run beside each other.
func NewKeeper(lander *Lander, replace Replace, cfg KeeperConfig) *Keeper {
	return &Keeper{
		lander: lander, objects: lander.objects, replace: ofPublished(replace), cfg: cfg.withDefaults(),
		log: lander.cfg.Logger, now: lander.cfg.Now,
		packed: since{}, withdrawn: since{}, measures: map[string]*measure{},
	}
}

// Run tends until ctx ends; then it returns nil. What goes wrong is logged, counted and tried again in the next round.
func (k *Keeper) Run(ctx context.Context) error {
	ticks := time.NewTicker(k.cfg.Every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if err := k.Tend(ctx); err != nil && ctx.Err() == nil {
			k.lander.metrics.failures.WithLabelValues("tend").Inc()
			k.log.Warn("landing could not be tended in full, will retry", slog.Any("error", err))
		}
	}
}

// Tend does what is due now, hour by hour. What fails in one hour keeps nothing else from being done. Errors: joined,
// those of the store and of Replace; CodeConflict when a packed object lacks something that it should hold.
func (k *Keeper) Tend(ctx context.Context) error {
	round := round{Keeper: k, now: k.now(), retention: k.retentions(), below: k.lander.SealedBelow(), seen: map[string]bool{}}
	var errs []error
	for h, err := range hoursOf(ctx, k.objects) {
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if err := round.tend(ctx, h); err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			return errors.Join(append(errs, ctx.Err())...)
		}
	}
	round.forgetUnseen()
	errs = append(errs, k.expireQuarantine(ctx, round.now))
	return errors.Join(errs...)
}

// retentions are how long each table is kept; 0: for ever.
func (k *Keeper) retentions() map[string]time.Duration {
	all := map[string]time.Duration{}
	for _, s := range k.cfg.Schemas() {
		keep := s.Retention
		if limit := k.cfg.Retention; limit > 0 && (keep == 0 || limit < keep) {
			keep = limit
		}
		all[s.Table] = keep
	}
	return all
}

// round is one look at everything.
type round struct {
	*Keeper
	now       time.Time
	retention map[string]time.Duration // by table
	below     uint64                   // every object that begins below is sealed
	seen      map[string]bool          // keys that are remembered and still there
}

// tend does what is due in one hour.
func (r *round) tend(ctx context.Context, h *hour) error {
	keep, known := r.retention[h.table]
	if !known {
		return nil
	}
	for _, o := range h.all {
		r.seen[o.key] = true
	}
	if keep > 0 && !r.now.Before(h.end().Add(keep)) {
		return r.expire(ctx, h)
	}
	if err := r.settle(ctx, h); err != nil {
		return err
	}
	if r.cfg.PackAfter <= 0 || r.now.Before(h.end().Add(r.cfg.PackAfter)) || r.now.Before(h.newest.Add(r.cfg.PackAfter)) {
		return nil
	}
	return r.pack(ctx, h)
}

// forgetUnseen forgets what others have deleted.
func (r *round) forgetUnseen() {
	for _, remembered := range []since{r.packed, r.withdrawn} {
		for key := range remembered {
			if !r.seen[key] {
				delete(remembered, key)
			}
		}
	}
	for key := range r.measures {
		if !r.seen[key] {
			delete(r.measures, key)
		}
	}
}

// delete removes an object for good.
func (k *Keeper) delete(ctx context.Context, reason, key string) error {
	if err := k.objects.Delete(ctx, key); err != nil {
		return err
	}
	k.lander.metrics.deleted.WithLabelValues(reason).Inc()
	delete(k.measures, key)
	return nil
}
