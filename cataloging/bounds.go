package cataloging

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/objectkey"
)

// One round of filling ends with the object that reaches one of these, so that it leaves the processor to others.
const (
	fillObjects = 64
	fillFor     = time.Second
)

// fillAgain is the pause before an object is read again that the store did not give.
const fillAgain = time.Minute

// startFilling fills in unknown bounds beside the worker until ctx ends or stop is called.
func (w *Worker) startFilling(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { w.fill(ctx) })
	return func() { cancel(); wg.Wait() }
}

// fill looks for published objects without bounds, reads them, and notifies of what they say. It knows the published
// file set alone, so events never wait for it.
func (w *Worker) fill(ctx context.Context) {
	again := make(map[string]time.Time) // before when an object is not read again; zero: it never is
	var settled uint64                  // version of the file set in which nothing is left to read
	for {
		sleep(ctx, w.cfg.FillEvery)
		if ctx.Err() != nil {
			return
		}
		set := w.FileSet()
		if set.Version == settled {
			continue
		}
		left, later := w.unbounded(set, again)
		if len(left) == 0 {
			if !later {
				settled = set.Version
			}
			continue
		}
		w.enqueue(w.fillRound(ctx, left, again)...)
	}
}

// fillRound reads a few of the objects that are left.
func (w *Worker) fillRound(ctx context.Context, left []limnograph.File, again map[string]time.Time) (found []notice) {
	started := w.cfg.Now()
	for i, f := range left {
		if i == fillObjects || w.cfg.Now().Sub(started) > fillFor {
			break
		}
		f, err := w.readBounds(ctx, f)
		if ctx.Err() != nil {
			break
		}
		again[f.Key] = time.Time{}
		switch {
		case isPassing(err):
			again[f.Key] = w.cfg.Now().Add(fillAgain)
			w.cfg.Logger.Warn("object not read for its time bounds, will retry", "subject", f.Key, "err", err)
		case err != nil && limnograph.ErrorCode(err) != limnograph.CodeNotFound:
			w.cfg.Logger.Warn("object unreadable, its time bounds stay unknown", "subject", f.Key, "err", err)
		case f.Lines > 0:
			found = append(found, notice{file: f, bounds: true})
		}
	}
	return found
}

// isPassing reports that the store may give the object another time.
func isPassing(err error) bool {
	switch limnograph.ErrorCode(err) {
	case limnograph.CodeUnavailable, limnograph.CodeTimeout, limnograph.CodeUnauthorized, limnograph.CodeForbidden:
		return true
	}
	return false
}

// fillSince is the arrival from which on bounds are filled in; zero: all.
func (w *Worker) fillSince() time.Time {
	if w.cfg.FillWithin <= 0 {
		return time.Time{}
	}
	return w.cfg.Now().Add(-w.cfg.FillWithin)
}

// unbounded lists the files whose bounds are unknown, the newest arrival first, without those that were tried and those
// that arrived too long ago. later: some that were tried are left for another time.
func (w *Worker) unbounded(set *limnograph.FileSet, again map[string]time.Time) (files []limnograph.File, later bool) {
	since, now := w.fillSince(), w.cfg.Now()
	type candidate struct {
		file    limnograph.File
		arrival time.Time
	}
	var found []candidate
	for _, t := range set.Tables {
		for _, f := range t.Files {
			at, tried := again[f.Key]
			if f.Lines != 0 || tried && at.IsZero() {
				continue
			}
			if now.Before(at) {
				later = true
				continue
			}
			if arrival, _ := objectkey.ArrivalOf(f.Key); !arrival.Before(since) {
				found = append(found, candidate{f, arrival})
			}
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(b.arrival.Compare(a.arrival), strings.Compare(a.file.Key, b.file.Key))
	})
	files = make([]limnograph.File, 0, len(found))
	for _, c := range found {
		files = append(files, c.file)
	}
	return files, later
}

// readBounds reads an object through. Lines stays 0 when it holds anything but datapoints.
func (w *Worker) readBounds(ctx context.Context, f limnograph.File) (limnograph.File, error) {
	r, err := w.objects.Open(ctx, f.Key)
	if err != nil {
		return f, err
	}
	defer r.Close()
	sum, err := w.addMembers(ctx, r)
	f.Lines, f.MinTime, f.MaxTime = sum.Lines, sum.MinTime, sum.MaxTime
	return f, err
}

// addMembers adds up what an object's gzip members hold: what the header says where landing wrote it, else the lines.
// Nothing tells where a member ends but its content, so all of it is inflated. The result is zero when a member holds
// anything but datapoints.
func (w *Worker) addMembers(ctx context.Context, r io.Reader) (sum objectkey.Member, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	z, err := gzip.NewReader(in)
	for err == nil {
		z.Multistream(false)
		var member objectkey.Member
		var ok bool
		if member, ok, err = w.readMember(ctx, z); err != nil || !ok {
			break
		}
		sum.Add(member)
		err = cmp.Or(ctx.Err(), z.Reset(in))
	}
	if !errors.Is(err, io.EOF) {
		return objectkey.Member{}, err
	}
	return sum, nil
}

// readMember reads one member to its end.
func (w *Worker) readMember(ctx context.Context, z *gzip.Reader) (m objectkey.Member, ok bool, err error) {
	if m, ok = landed(z.Name); ok {
		_, err = io.Copy(io.Discard, z)
		return m, ok, err
	}
	return w.lines.read(ctx, z)
}

// landed reads the name of a member, and reports whether landing gave it.
func landed(name string) (m objectkey.Member, ok bool) {
	m, err := objectkey.ParseMember(name)
	return m, err == nil && m.Lines > 0 && m.Lines <= math.MaxInt32 && m.MinTime <= m.MaxTime
}
