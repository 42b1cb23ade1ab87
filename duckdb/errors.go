package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"limnograph"
)

// explain gives an error of DuckDB its code and hides the paths of the data directory. ctx is that of the query.
func (e *Engine) explain(ctx context.Context, op string, err error, limit time.Duration) error {
	var own *limnograph.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	if ctx.Err() != nil {
		return interrupted(ctx, op, limit)
	}
	code, hint := classify(err)
	return &limnograph.Error{Code: code, Op: op, Message: e.hidePaths(unwrap(err.Error())), Hint: hint}
}

func interrupted(ctx context.Context, op string, limit time.Duration) error {
	if errors.Is(context.Cause(ctx), errTimeLimit) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &limnograph.Error{
			Code: limnograph.CodeTimeout, Op: op, Message: fmt.Sprintf("the query took longer than %s", limit),
			Hint: "ask for a shorter time: filter on year, month and day", Err: context.DeadlineExceeded,
		}
	}
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: op, Message: "the query was cancelled", Err: ctx.Err()}
}

var errTimeLimit = errors.New("time limit of the query")

func classify(err error) (limnograph.Code, string) {
	var d *duckdb.Error
	if !errors.As(err, &d) {
		return limnograph.CodeInternal, ""
	}
	switch d.Type {
	case duckdb.ErrorTypeOutOfMemory:
		return limnograph.CodeUnavailable, "ask for less at a time, or raise the memory limit"
	case duckdb.ErrorTypePermission:
		return limnograph.CodeForbidden, ""
	case duckdb.ErrorTypeIO, duckdb.ErrorTypeInternal, duckdb.ErrorTypeFatal, duckdb.ErrorTypeUnknownType:
		return limnograph.CodeInternal, ""
	}
	return limnograph.CodeInvalid, ""
}

// isFatal reports that DuckDB refuses to go on with this database.
func isFatal(err error) bool {
	var d *duckdb.Error
	return errors.As(err, &d) && (d.Type == duckdb.ErrorTypeFatal || strings.Contains(d.Msg, "database has been invalidated"))
}

// hidePaths turns file names into object keys.
func (e *Engine) hidePaths(message string) string {
	for key, root := range e.cfg.roots() {
		message = strings.ReplaceAll(message, root, key)
	}
	for _, dir := range []string{e.scratch.dir, e.cfg.TempDir} {
		message = strings.ReplaceAll(message, dir, "(temporary folder)")
	}
	return message
}
