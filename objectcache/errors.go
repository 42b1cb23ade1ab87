package objectcache

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"limnograph"
)

const opHold = "hold objects"

// tooLarge refuses what can't be there all at the same time.
func tooLarge(objects int, need, limit int64) error {
	return &limnograph.Error{
		Code: limnograph.CodeTooLarge, Op: opHold,
		Message: fmt.Sprintf("the query reads %d objects with %s, and the cache holds %s at most", objects, size(need), size(limit)),
		Hint:    "ask for a shorter time (in SQL: filter on year, month and day), or raise cache.max_bytes",
	}
}

// waited explains the end of a context while something was missing.
func waited(ctx context.Context, message string) error {
	e := &limnograph.Error{Code: limnograph.CodeUnavailable, Op: opHold, Message: message, Err: ctx.Err()}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Code, e.Hint = limnograph.CodeTimeout, "try again: what has been fetched stays in the cache; or ask for a shorter time"
	}
	return e
}

func isClosed() error {
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: opHold, Message: "the cache is closed"}
}

// gone says that a listed object is no longer in the store.
func gone(key string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: opHold, Message: fmt.Sprintf("the object %q is no longer in the store", key),
		Hint: "try again after the next reconciliation, which takes it out of what is published", Err: err,
	}
}

// unfetched says what could not be done in front of what the store says, which may be no more than a name.
func unfetched(err error) error {
	var known *limnograph.Error
	if !errors.As(err, &known) {
		return err
	}
	message := "an object of the query could not be fetched"
	if known.Code == limnograph.CodeForbidden || known.Code == limnograph.CodeUnauthorized {
		message = "this server may not read an object of the query"
	}
	return &limnograph.Error{Code: known.Code, Op: opHold, Message: message, Hint: known.Hint, Err: err}
}

// failed gives an error of the store or the disk its code; one that has a code keeps it.
func failed(op, key string, err error) error {
	var known *limnograph.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled): // nobody waits any more, or the cache closes
		return isClosed()
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &limnograph.Error{
			Code: limnograph.CodeUnavailable, Op: op, Message: fmt.Sprintf("no space for a copy of %q", key),
			Hint: "free space on the disk of the cache, or lower cache.max_bytes", Err: err,
		}
	case errors.Is(err, syscall.ENAMETOOLONG):
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: fmt.Sprintf("the key %q is no file name here", key), Err: err}
	}
	return &limnograph.Error{Code: limnograph.CodeInternal, Op: op, Message: fmt.Sprintf("copy of %q", key), Hint: "check the disk and the permissions of the cache's folder", Err: err}
}

// size writes a number of bytes for a person.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d bytes", n)
	}
	value, names := float64(n), "KMGTPE"
	i := -1
	for value >= unit {
		value /= unit
		i++
	}
	return fmt.Sprintf("%.1f %ciB", value, names[i])
}
