package lake

import "context"

// Placeholders: whoever writes compaction, expiry and sweep deletes this file.

func (l *Lake) Compact(context.Context, string) (int, error) { return 0, nil }
func (l *Lake) Retain(context.Context, string) error         { return nil }
func (l *Lake) Expire(context.Context, string) error         { return nil }
func (l *Lake) Sweep(context.Context, string) (int, error)   { return 0, nil }
