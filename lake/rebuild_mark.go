package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"limnograph"
)

// rebuildMark is how far a rebuild is, in lake/<table>/rebuild.json while it is under way. Times are milliseconds since
// the epoch.
type rebuildMark struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
	Next int64 `json:"next"` // what lies before is done

	MovedThrough int64 `json:"moved_through,omitempty"` // see rebuilding
}

func (r *rebuilding) markKey() string { return Root + r.table.name + "/rebuild.json" }

// resume returns where to begin: where an earlier rebuild of the same range was interrupted, or at the start.
func (r *rebuilding) resume(ctx context.Context) (rebuildMark, error) {
	start := rebuildMark{From: r.asked.from, To: r.asked.to, Next: r.within.from}
	body, err := r.table.lake.objects.Open(ctx, r.markKey())
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return start, nil
	}
	if err != nil {
		return start, err
	}
	text, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return start, err
	}
	var earlier rebuildMark
	ours := json.Unmarshal(text, &earlier) == nil
	if !ours || earlier.From != start.From || earlier.To != start.To {
		return start, nil // of another range, or of nobody: begin at the beginning
	}
	r.result.Resumed = true
	r.movedThrough = earlier.MovedThrough
	earlier.Next = max(earlier.Next, start.Next)
	return earlier, nil
}

// save remembers that all before next is done.
func (r *rebuilding) save(ctx context.Context, next int64) error {
	text, err := json.Marshal(rebuildMark{From: r.asked.from, To: r.asked.to, Next: next, MovedThrough: r.movedThrough})
	if err != nil {
		return err
	}
	_, err = r.table.lake.objects.Put(ctx, r.markKey(), bytes.NewReader(text), limnograph.PutOptions{})
	return err
}

// finish forgets how far it was.
func (r *rebuilding) finish(ctx context.Context) error {
	return r.table.lake.objects.Delete(ctx, r.markKey())
}
