package main

import (
	"context"

	"limnograph/cataloging"
)

// reconcile finds what lost notifications would have told: mode reconcile. It is started by a schedule, whose event says
// nothing. It returns what it did, for who starts it by hand.
func (f *function) reconcile(ctx context.Context) (cataloging.Counts, error) {
	started := f.now()
	work, cancel := inTime(ctx)
	defer cancel()
	counts, err := f.handler.Reconcile(work)
	f.report(ctx, "newest hours reconciled", counts, started)
	if err != nil {
		f.log.ErrorContext(ctx, "reconciliation is incomplete", failure(err)...)
	}
	return counts, err
}
