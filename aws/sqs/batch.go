package sqs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"limnograph"
)

const (
	firstPause = 100 * time.Millisecond // before entries that failed are tried again; it doubles
	maxPause   = 5 * time.Second
)

// batch is work on entries of which one call does up to ten. An entry is known by its index, which is its name in a call.
type batch struct {
	call
	queue *Queue
	do    func(ctx context.Context, indexes []int) (undone, error) // asks for these entries
	size  func(index int) int                                      // what an entry takes of the bytes of a call; nil: nothing
}

// undone are the entries of a call that the server did not do, with its reason.
type undone map[int]types.BatchResultErrorEntry

// run does all n entries. A group that fails does not hinder the later ones, unless these would fail in the same way.
func (b batch) run(ctx context.Context, n int) error {
	var errs []error
	for _, indexes := range b.cut(n) {
		if err := ctx.Err(); err != nil {
			return ended(b.op, err)
		}
		err := b.finish(ctx, indexes)
		errs = append(errs, err)
		if err != nil && isForAll(limnograph.ErrorCode(err)) {
			break
		}
	}
	return errors.Join(errs...)
}

// isForAll reports whether an error of one call awaits the next ones, too.
func isForAll(code limnograph.Code) bool {
	switch code {
	case limnograph.CodeNotFound, limnograph.CodeForbidden, limnograph.CodeUnauthorized, limnograph.CodeTimeout, limnograph.CodeInternal:
		return true
	}
	return false
}

// cut makes groups of at most ten entries and BatchBytes bytes; an entry of more bytes is a group of its own.
func (b batch) cut(n int) [][]int {
	var groups [][]int
	bytes := 0
	for i := range n {
		size := 0
		if b.size != nil {
			size = b.size(i)
		}
		last := len(groups) - 1
		if last < 0 || len(groups[last]) == maxEntries || bytes+size > b.queue.cfg.BatchBytes {
			groups, last, bytes = append(groups, nil), last+1, 0
		}
		groups[last] = append(groups[last], i)
		bytes += size
	}
	return groups
}

// finish does one group. Entries that failed by the server's fault are tried again, the others are told of at the end.
func (b batch) finish(ctx context.Context, indexes []int) error {
	lost := undone{}
	for attempt := 1; len(indexes) > 0; attempt++ {
		failed, err := b.do(ctx, indexes)
		if err != nil {
			return errors.Join(wrap(ctx, b.call, err), b.refused(lost))
		}
		indexes = nil
		for i, entry := range failed {
			if attempt < b.queue.cfg.Attempts && isTemporary(entry) {
				indexes = append(indexes, i)
				continue
			}
			lost[i] = entry
		}
		if err := b.rest(ctx, attempt, len(indexes)); err != nil {
			return err
		}
		slices.Sort(indexes)
	}
	return b.refused(lost)
}

// rest waits before another attempt for n entries.
func (b batch) rest(ctx context.Context, attempt, n int) error {
	if n == 0 {
		return nil
	}
	if err := b.queue.cfg.Wait(ctx, min(firstPause<<(attempt-1), maxPause)); err != nil {
		return ended(b.op, err)
	}
	return nil
}

// refused returns the error of entries that could not be done, with the reason of the first, or nil without any.
func (b batch) refused(lost undone) error {
	if len(lost) == 0 {
		return nil
	}
	first := slices.Min(slices.Collect(maps.Keys(lost)))
	entry := lost[first]
	reason := fmt.Errorf("entry %d: %s: %s", first, aws.ToString(entry.Code), aws.ToString(entry.Message))
	e := &limnograph.Error{Op: b.op, Message: fmt.Sprintf("%s: %d entries were not done", b.on, len(lost)), Err: reason}
	e.Code, e.Hint = classifyEntry(entry)
	return e
}

// names returns the names of the entries of an answer.
func names[T any](entries []T, of func(T) *string) []string {
	var list []string
	for _, entry := range entries {
		list = append(list, aws.ToString(of(entry)))
	}
	return list
}

// answered compares what was asked for with an answer. What the answer leaves out counts as not done.
func answered(indexes []int, done []string, failed []types.BatchResultErrorEntry) undone {
	left := undone{}
	for _, i := range indexes {
		if !slices.Contains(done, name(i)) {
			left[i] = types.BatchResultErrorEntry{Code: aws.String("NotAnswered"), Message: aws.String("the answer leaves it out")}
		}
	}
	for _, entry := range failed {
		i, err := strconv.Atoi(aws.ToString(entry.Id))
		if err == nil && slices.Contains(indexes, i) {
			left[i] = entry
		}
	}
	return left
}

// name returns the name of an entry in a call.
func name(index int) string { return strconv.Itoa(index) }
