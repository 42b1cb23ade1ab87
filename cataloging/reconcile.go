package cataloging

import (
	"context"
	"fmt"
	"path"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// chunk bounds how many found objects are catalogued in one step.
const chunk = 10_000

// reconcileAll compares all of landing with what is known, and publishes when they differ. What is queued comes first,
// because an event knows an object's bounds and the listing doesn't.
func (w *Worker) reconcileAll(ctx context.Context) error {
	if err := w.addQueued(ctx); err != nil {
		return err
	}
	missing := w.setDropped(false) // what is dropped from here on was sealed before it is listed
	withdrawn := make(map[string]bool)
	changed, err := w.compare(ctx, objectkey.MetricsPrefix, w.allKeys(), withdrawn)
	w.publishIf(changed)
	if err == nil {
		w.forgetWithdrawn(withdrawn)
	}
	if err != nil && missing {
		w.setDropped(true)
	}
	return err
}

// reconcileNewest compares the newest arrival hours of every sender of every table, after what is queued.
func (w *Worker) reconcileNewest(ctx context.Context) error {
	if err := w.addQueued(ctx); err != nil {
		return err
	}
	if err := w.retryWaiting(ctx); err != nil {
		return err
	}
	folders, err := w.newestFolders(ctx)
	if err != nil {
		return err
	}
	var changed bool
	defer func() { w.publishIf(changed) }()
	for _, folder := range folders {
		one, err := w.compare(ctx, folder, w.keysOf(folder), make(map[string]bool))
		changed = changed || one
		if err != nil {
			return err
		}
	}
	return nil
}

// newestFolders names the folders of the hours from Window ago to the next one, for each sender that the store has.
func (w *Worker) newestFolders(ctx context.Context) ([]string, error) {
	var newest []string
	folders := &walk{objects: w.objects}
	now := w.cfg.Now().UTC()
	for tableDir, err := range folders.children(ctx, objectkey.MetricsPrefix) {
		if err != nil {
			return nil, err
		}
		for senderDir, err := range folders.children(ctx, tableDir) {
			if err != nil {
				return nil, err
			}
			for t := now.Add(-w.cfg.Window).Truncate(time.Hour); !t.After(now.Add(time.Hour)); t = t.Add(time.Hour) {
				newest = append(newest, senderDir+objectkey.HourFolders(t))
			}
		}
	}
	return newest, nil
}

// compare lists the objects below prefix, catalogues those that are not in known and drops those of known that are
// gone. It takes keys out of known, and enters those that it finds and that are withdrawn. It reports whether anything
// changed.
func (w *Worker) compare(ctx context.Context, prefix string, known map[string]dir, withdrawn map[string]bool) (changed bool, err error) {
	var found []limnograph.File
	flush := func() error {
		added, err := w.add(ctx, found)
		changed, found = changed || added, nil
		return err
	}
	for info, err := range w.objects.List(ctx, prefix, "") {
		if err != nil {
			return changed, fmt.Errorf("list landing: %w", err)
		}
		if seen(known, info.Key) || info.Size == 0 {
			continue // an empty object is a folder marker
		}
		if w.isWithdrawn(info.Key) {
			withdrawn[info.Key] = true
			continue
		}
		found = append(found, limnograph.File{Key: info.Key, Size: info.Size})
		if len(found) >= chunk {
			if err := flush(); err != nil {
				return changed, err
			}
		}
	}
	if err := flush(); err != nil {
		return changed, err
	}
	gone, unpacked, err := w.dropGone(ctx, known)
	changed = changed || gone
	for _, folder := range unpacked { // what was packed there, if it is still there, was left out above
		if err != nil {
			break
		}
		gone, err = w.compare(ctx, folder, w.keysOf(folder), withdrawn)
		changed = changed || gone
	}
	return changed, err
}

// seen crosses off a key.
func seen(known map[string]dir, key string) bool {
	folder, name := path.Split(key)
	d := known[folder]
	if _, ok := d[name]; !ok {
		return false
	}
	delete(d, name)
	return true
}

// dropGone forgets what was not crossed off: the store no longer has it. It names the folders that have lost a packed
// object.
func (w *Worker) dropGone(ctx context.Context, left map[string]dir) (dropped bool, unpacked []string, err error) {
	byTable := make(map[string][]string)
	for folder, names := range left {
		table, lost := tableOf(folder), false
		for name := range names {
			byTable[table] = append(byTable[table], folder+name)
			_, isPacked := packedAt(folder + name)
			lost = lost || isPacked
		}
		if lost {
			unpacked = append(unpacked, folder)
		}
	}
	for name, keys := range byTable {
		if err := w.forgetGone(ctx, name, keys); err != nil {
			return dropped, nil, err
		}
		dropped = true
	}
	return dropped, unpacked, nil
}

// allKeys copies everything that is known, to be crossed off.
func (w *Worker) allKeys() map[string]dir {
	all := make(map[string]dir)
	for _, t := range w.tables {
		for folder, names := range t.dirs {
			all[folder] = copyDir(names)
		}
	}
	return all
}

func (w *Worker) keysOf(folder string) map[string]dir {
	t := w.tables[tableOf(folder)]
	if t == nil {
		return nil
	}
	return map[string]dir{folder: copyDir(t.dirs[folder])}
}

func copyDir(d dir) dir {
	c := make(dir, len(d))
	for name := range d {
		c[name] = struct{}{}
	}
	return c
}
