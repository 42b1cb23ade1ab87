package lake

import (
	"context"

	"limnograph"
)

// RollUpNow brings the table of runs up to the datapoints that are published now.
func (l *Lake) RollUpNow(ctx context.Context) error {
	t, err := l.named(limnograph.RunsTable)
	if err != nil || !t.rolls() {
		return err
	}
	return t.rollUp(ctx)
}
