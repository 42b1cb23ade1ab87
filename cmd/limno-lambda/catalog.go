package main

import (
	"context"

	"limnograph"
	"limnograph/aws/lambdaevent"
	"limnograph/cataloging"
)

// catalogue deals with a batch of messages: mode catalog.
func (f *function) catalogue(ctx context.Context, messages []lambdaevent.Message) []error {
	started := f.now()
	work, cancel := inTime(ctx)
	defer cancel()
	objects, left := f.own(messages)
	errs, counts := f.handler.Catalogue(work, objects)
	for reason, n := range left {
		counts.Skip(reason, n)
	}
	for i, m := range messages {
		if m.Err != nil {
			errs[i] = m.Err
			counts.Failed++
		}
	}
	f.report(ctx, "batch catalogued", counts, started)
	f.reportFailed(ctx, messages, errs)
	return errs
}

// own picks the objects of each message that are of this store and still there, and counts the others.
func (f *function) own(messages []lambdaevent.Message) ([][]limnograph.ObjectEvent, map[cataloging.Reason]int) {
	objects := make([][]limnograph.ObjectEvent, len(messages))
	left := make(map[cataloging.Reason]int)
	for i, m := range messages {
		for _, o := range m.Objects {
			key, ours := f.landing.KeyOf(o.Bucket, o.Key)
			switch {
			case !ours:
				left[cataloging.ReasonForeign]++
			case o.Removed:
				left[cataloging.ReasonRemoved]++
			default:
				objects[i] = append(objects[i], limnograph.ObjectEvent{Key: key, Size: o.Size})
			}
		}
	}
	return objects, left
}
