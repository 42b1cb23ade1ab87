package landing

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// look is how often Run looks for segments that are due.
const look = 250 * time.Millisecond

// lastSeal bounds how long Run goes on sealing after it was told to stop.
const lastSeal = time.Minute

// Run turns segments into objects when they are old or large enough. When ctx ends it refuses further batches, seals
// everything and returns nil, or why something could not be sealed (it is durable, and the next New seals it).
func (l *Lander) Run(ctx context.Context) error {
	ticks := time.NewTicker(look)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return l.finish(ctx)
		case <-ticks.C:
		case <-l.wake:
		}
		l.tend(ctx)
	}
}

// tend does what is due. A failure leaves the segment to the next time.
func (l *Lander) tend(ctx context.Context) {
	l.retireDue(l.cfg.Now().Add(-l.cfg.SealAfter))
	if err := l.sealRetired(ctx); err != nil && ctx.Err() == nil {
		l.cfg.Logger.Warn("sealing a segment failed and will be tried again", slog.Any("error", err))
	}
	if !l.limits.overdue() {
		return
	}
	if err := l.limits.count(ctx, l.objects); err != nil && ctx.Err() == nil {
		l.cfg.Logger.Warn("counting landed bytes failed", slog.Any("error", err))
	}
}

// finish refuses new batches, and seals what there is.
func (l *Lander) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSeal)
	defer cancel()
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	err := l.Seal(ctx)
	l.commits.wait()
	return err
}

// Seal turns every open segment into an object now. Batches that come meanwhile start new segments.
func (l *Lander) Seal(ctx context.Context) error {
	l.retireDue(l.cfg.Now().Add(time.Hour))
	return l.sealRetired(ctx)
}

// retireDue lets segments born before a time take no more batches.
func (l *Lander) retireDue(before time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range slices.SortedFunc(maps.Values(l.open), bySequence) { // in an order that can be repeated
		if !g.born.After(before) {
			l.retireLocked(g)
		}
	}
}

func bySequence(a, b *segment) int {
	return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.name, b.name))
}

// retire does the same for one segment.
func (l *Lander) retire(g *segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[g.at] == g {
		l.retireLocked(g)
	}
}

func (l *Lander) retireOldest() {
	l.retireLocked(slices.MinFunc(slices.SortedFunc(maps.Values(l.open), bySequence), func(a, b *segment) int {
		return a.born.Compare(b.born)
	}))
}

func (l *Lander) retireLocked(g *segment) {
	delete(l.open, g.at)
	l.retired = append(l.retired, g)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// sealRetired turns the retired segments into objects and keeps those that it could not.
func (l *Lander) sealRetired(ctx context.Context) error {
	l.sealing.Lock()
	defer l.sealing.Unlock()
	l.mu.Lock()
	todo := slices.Clone(l.retired)
	l.mu.Unlock()
	var errs []error
	for _, g := range todo {
		if err := l.seal(ctx, g); err != nil {
			l.metrics.failures.WithLabelValues("seal").Inc()
			errs = append(errs, err)
			continue
		}
		l.forget(g)
	}
	return errors.Join(errs...)
}

func (l *Lander) forget(g *segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retired = slices.DeleteFunc(l.retired, func(other *segment) bool { return other == g })
	l.book.table(g.at.table).end(ending{g.key, g.first, g.state().synced})
}

// seal makes the object of a retired segment.
func (l *Lander) seal(ctx context.Context, g *segment) error {
	if err := g.settle(ctx); err != nil {
		return err
	}
	g.disk.Lock() // behind the last sync
	defer g.disk.Unlock()
	s := g.state()
	switch {
	case s.synced == 0:
		return l.discard(ctx, g, s)
	case s.broken != nil:
		return l.salvage(ctx, g, s)
	}
	info, err := s.file.Seal(ctx, g.key)
	if err != nil {
		return err
	}
	l.end(g, s, info)
	return nil
}

// end accounts for a segment that has become an object. It is called once.
func (l *Lander) end(g *segment, s state, info limnograph.ObjectInfo) {
	g.ended = true
	l.limits.move(g.quarantined(), s.size, info.Size)
	l.announce(info, s.content, g.quarantined())
}

// discard removes a segment that holds nothing acknowledged. It may be repeated after an error.
func (l *Lander) discard(ctx context.Context, g *segment, s state) error {
	if !g.ended {
		g.ended = true
		l.limits.move(g.quarantined(), s.size, 0)
	}
	if s.file == nil {
		return nil
	}
	return l.drop(ctx, g, s)
}

// salvage saves the acknowledged bytes of a segment whose sync has failed, and removes it. It may be repeated after an
// error.
func (l *Lander) salvage(ctx context.Context, g *segment, s state) error {
	if !g.ended {
		info, err := l.save(ctx, g, s)
		if err != nil {
			return err
		}
		l.end(g, s, info)
	}
	return l.drop(ctx, g, s)
}

// save writes the acknowledged bytes of a segment to a fresh object: they were durable before its sync failed, but the
// old file can't be trusted any more.
func (l *Lander) save(ctx context.Context, g *segment, s state) (info limnograph.ObjectInfo, err error) {
	old, content, err := l.segments.Recover(ctx, g.name)
	if err != nil {
		return info, err
	}
	defer func() { _, _ = content.Close(), old.Close() }()                                            // nothing was written to them
	info, err = l.objects.Put(ctx, g.key, io.LimitReader(content, s.synced), limnograph.PutOptions{}) // perhaps again
	if err == nil && info.Size != s.synced {
		err = &limnograph.Error{Code: limnograph.CodeInternal, Op: "salvage segment", Message: g.name + " has lost acknowledged bytes", Hint: "check the disk; the segment stays for inspection"}
	}
	return info, err
}

// drop removes the file of a segment that is not needed any more. It is closed once: a closed file can't be closed
// again, and a failure to do so harms nothing here.
func (l *Lander) drop(ctx context.Context, g *segment, s state) (err error) {
	if !g.closed {
		g.closed = true
		err = s.file.Close()
	}
	return errors.Join(err, l.remove(ctx, g.name))
}

// remove deletes a segment; one that is gone is no error, whatever the store says to it.
func (l *Lander) remove(ctx context.Context, name string) error {
	err := l.segments.Remove(ctx, name)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return nil
	}
	return err
}

// announce tells the world of an object. Those of quarantine are not published, so nobody waits for them.
func (l *Lander) announce(info limnograph.ObjectInfo, content objectkey.Member, quarantined bool) {
	l.metrics.sealed.Inc()
	l.sealedObjects.Add(1)
	if quarantined {
		return
	}
	l.sealed(limnograph.ObjectEvent{Key: info.Key, Size: info.Size, Lines: content.Lines, MinTime: content.MinTime, MaxTime: content.MaxTime})
}
