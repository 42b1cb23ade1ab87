package cataloging

import (
	"context"
	"errors"
	"strings"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// Reconcile registers what lost notifications would have told: the partitions of the newest arrival hours, from Window
// ago to the next hour, of every sender of every table that the store has. It skips from folder to folder, so that older
// hours are never listed, and asks the catalogue even for partitions that it remembers. One table that fails takes
// nothing else down.
//
// Errors: joined, those of Catalogue and of the store; CodeTooLarge when MaxCalls were not enough, and then what was
// found until there is catalogued.
func (h *Handler) Reconcile(ctx context.Context) (Counts, error) {
	var c Counts
	var errs []error
	w := &walk{objects: h.objects, limit: h.cfg.MaxCalls}
	for folder, err := range w.children(ctx, objectkey.MetricsPrefix) {
		if err != nil {
			errs = append(errs, describe(ctx, "reconcile", err))
			break
		}
		more, err := h.reconcileTable(ctx, w, folder, &c)
		errs = append(errs, err)
		if !more {
			break
		}
	}
	c.Lists = w.calls
	return c, errors.Join(errs...)
}

// reconcileTable registers the newest partitions of one table. more is false when the store can't be listed any more.
func (h *Handler) reconcileTable(ctx context.Context, w *walk, folder string, c *Counts) (more bool, err error) {
	table := strings.TrimSuffix(folder[len(objectkey.MetricsPrefix):], "/")
	if !isTable(table) {
		c.Skip(ReasonMisplaced, 1)
		return true, nil
	}
	found, listErr := h.newest(ctx, w, folder)
	if listErr != nil {
		listErr = describe(ctx, "reconcile table "+table, listErr)
	}
	if len(found) == 0 {
		return listErr == nil, listErr
	}
	failed := h.publish(ctx, table, found, true, c)
	c.Failed += len(failed)
	c.Objects += len(found) - len(failed)
	for _, p := range found { // one of the reasons is enough: they are mostly the same
		if failed[p] != nil {
			return listErr == nil, errors.Join(failed[p], listErr)
		}
	}
	return listErr == nil, listErr
}

// newest finds the partitions of the window that have objects.
func (h *Handler) newest(ctx context.Context, w *walk, folder string) (found []limnograph.Partition, err error) {
	now := h.cfg.Now().UTC()
	since, until := now.Add(-h.cfg.Window).Truncate(time.Hour), now.Add(time.Hour).Truncate(time.Hour)
	for senderFolder, err := range w.children(ctx, folder) {
		if err != nil {
			return found, err
		}
		hours, err := hoursOf(ctx, w, senderFolder, since, until)
		found = append(found, hours...)
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// hoursOf finds the partitions of one sender by skipping from the first object of an hour to the next hour.
func hoursOf(ctx context.Context, w *walk, folder string, since, until time.Time) (found []limnograph.Partition, err error) {
	last := folder + objectkey.HourFolders(until)
	after := folder + strings.TrimSuffix(objectkey.HourFolders(since), "/")
	for {
		key, p, err := firstLanded(ctx, w, folder, after, past(last))
		if err != nil || key == "" {
			return found, err
		}
		found = append(found, p)
		after = past(key[:strings.LastIndexByte(key, '/')+1])
	}
}

// firstLanded returns the first landing object below folder whose key sorts between the two, and its partition; "" when
// there is none.
func firstLanded(ctx context.Context, w *walk, folder, after, before string) (key string, p limnograph.Partition, err error) {
	for info, err := range w.list(ctx, folder, after) {
		if err != nil {
			return "", p, err
		}
		if info.Key >= before {
			break
		}
		if _, p, reason := wish(info.Key); reason == "" && info.Size > 0 { // an empty object is a folder marker
			return info.Key, p, nil
		}
	}
	return "", p, nil
}
