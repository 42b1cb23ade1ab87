package landing

import (
	"context"
	"errors"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// finishImport seals what a planned receipt names and marks it done. It may be repeated at any point.
func (l *Lander) finishImport(ctx context.Context, r *receipt) error {
	for _, p := range r.Objects {
		if err := l.sealPlanned(ctx, p); err != nil {
			return err
		}
	}
	r.State = stateDone
	if err := writeReceipt(ctx, l.objects, r); err != nil {
		return err
	}
	for _, p := range r.Objects {
		l.limits.move(p.quarantined(), p.Size, p.Size)
	}
	l.importEnds(r)
	return nil
}

// sealPlanned makes one object of an import, unless an earlier try has made it.
func (l *Lander) sealPlanned(ctx context.Context, p planned) error {
	g, content, err := l.segments.Recover(ctx, p.Segment)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return l.expectObject(ctx, p)
	}
	if err != nil {
		return err
	}
	if err := content.Close(); err != nil {
		return errors.Join(err, g.Close())
	}
	info, err := g.Seal(ctx, p.Key)
	if limnograph.ErrorCode(err) == limnograph.CodeExists {
		return errors.Join(g.Close(), l.dropTwin(ctx, p.Segment, p.Key))
	}
	if err != nil {
		return errors.Join(err, g.Close())
	}
	sum := objectkey.Member{Lines: p.Lines, MinTime: p.MinTime, MaxTime: p.MaxTime}
	l.announce(info, sum, p.quarantined())
	return nil
}

// expectObject looks for what an earlier try has made; meanwhile it may have been packed.
func (l *Lander) expectObject(ctx context.Context, p planned) error {
	_, err := l.objects.Stat(ctx, p.Key)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound && l.isPacked(ctx, p.Key) {
		return nil
	}
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInternal, Op: "finish import", Message: "object " + p.Key + " is missing", Err: err, Hint: "delete the receipt below imports/ and import again"}
	}
	return nil
}

// recoverImports finishes the imports that were planned and removes the segments of those that were not.
func (l *Lander) recoverImports(ctx context.Context, names []string) error {
	finished := map[string]bool{}
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, importSegments)
		sum, _, _ := strings.Cut(rest, "/")
		if !ok || finished[sum] {
			continue
		}
		r, err := readReceipt(ctx, l.objects, sum)
		if err != nil {
			return err
		}
		if r != nil {
			finished[sum] = true
			err = l.finishImport(ctx, r)
		} else {
			err = l.segments.Remove(ctx, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nextSequence takes a sequence for an import.
func (l *Lander) nextSequence(ctx context.Context, note *importNote) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.accepting(); err != nil {
		return 0, err
	}
	sequence, err := l.seq.take(ctx)
	if err == nil {
		note.taken = sequence
	}
	return sequence, err
}
