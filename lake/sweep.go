package lake

import (
	"context"
	"strings"
	"time"

	"limnograph"
)

// Sweep deletes the data and held files of a table that nobody needs: no snapshot that can be gone back to names them, no
// query holds them, no commit under way has written them, they are not published, and so it has been for longer
// than the longest query. That time is counted from the first sweep that saw it, and anew after a restart. It returns how
// many were deleted. Errors: CodeNotFound (table), those of the stores; after one of History nothing is deleted.
func (l *Lake) Sweep(ctx context.Context, name string) (deleted int, err error) {
	t, err := l.named(name)
	if err != nil {
		return 0, err
	}
	t.tending.Lock()
	defer t.tending.Unlock()
	shown := l.Snapshots().Tables[name] // queries may begin on it until the table is refreshed
	if err := t.refreshed(ctx); err != nil {
		return 0, err
	}
	unneeded, err := t.unneeded(ctx, shown)
	if err != nil {
		return 0, err
	}
	for _, key := range t.unneededFor(unneeded, l.cfg.LongestQuery) {
		if l.files.needs(key) {
			continue
		}
		if err := l.objects.Delete(ctx, key); err != nil {
			return deleted, err
		}
		delete(t.unneededSince, key)
		deleted++
		l.metrics.deleted.WithLabelValues(name).Inc()
	}
	return deleted, nil
}

func (t *table) refreshed(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refresh(ctx)
}

// unneeded lists the files that nobody needs now.
//
// The order matters. Files are listed first, then those are left out that a commit under way has written, and the
// snapshots are read last. So each file of the list is one that was written before, and its commit is under way when the
// second step looks, or had ended then, and the third step sees its snapshot. In any other order a file could slip
// through: written after the snapshots were read, and committed before anybody asks who is writing.
func (t *table) unneeded(ctx context.Context, shown *limnograph.Snapshot) (keys []string, err error) {
	for _, folder := range []string{dataFolder(t.name), heldFolder(t.name)} {
		for info, err := range t.lake.objects.List(ctx, folder, "") {
			if err != nil {
				return nil, err
			}
			if isOurs(info.Key) && !t.lake.files.needs(info.Key) {
				keys = append(keys, info.Key)
			}
		}
	}
	named, err := t.named(ctx)
	if err != nil {
		return nil, err
	}
	if shown != nil {
		for _, f := range shown.Files {
			named[f.Key] = true
		}
	}
	kept := keys[:0]
	for _, key := range keys {
		if !named[key] {
			kept = append(kept, key)
		}
	}
	return kept, nil
}

// isOurs reports whether a file has a name that we give: what somebody else put here is left alone.
func isOurs(key string) bool { return strings.HasSuffix(key, ".parquet") && hashInName(key) != "" }

// named returns the data and held files of all snapshots that can be gone back to.
func (t *table) named(ctx context.Context) (map[string]bool, error) {
	history, err := t.lake.snapshots.History(ctx, t.name)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]bool)
	for _, s := range history {
		ledger, _, err := LedgerOf(s)
		if err != nil {
			return nil, err
		}
		for _, f := range s.Files {
			keys[f.Key] = true
		}
		for _, h := range ledger.Held {
			keys[h.Key] = true
		}
	}
	return keys, nil
}

// unneededFor remembers which files nobody needs now, and returns those of which that has been so for longer than d.
func (t *table) unneededFor(keys []string, d time.Duration) (old []string) {
	now := t.lake.cfg.Now()
	since := make(map[string]time.Time, len(keys))
	for _, key := range keys {
		first, ok := t.unneededSince[key]
		if !ok {
			first = now
		}
		since[key] = first
		if now.Sub(first) > d {
			old = append(old, key)
		}
	}
	t.unneededSince = since
	return old
}
