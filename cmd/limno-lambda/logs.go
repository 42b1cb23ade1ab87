package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"limnograph"
	"limnograph/aws/lambdaevent"
	"limnograph/cataloging"
)

func newLogger(w io.Writer, s settings) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: s.level})).With("mode", s.mode.name, "version", version)
}

// report writes one line, and one document of metrics, for a step.
func (f *function) report(ctx context.Context, what string, c cataloging.Counts, started time.Time) {
	took := f.now().Sub(started)
	leftOut := c.Skipped
	if leftOut == nil {
		leftOut = map[cataloging.Reason]int{}
	}
	f.log.InfoContext(ctx, what, append(requestOf(ctx),
		"messages", c.Messages, "failed", c.Failed, "objects", c.Objects, "tables_changed", c.Tables,
		"partitions_registered", c.Partitions, "list_calls", c.Lists, "left_out", leftOut, "took_ms", took.Milliseconds())...)
	if err := f.metrics.write(values(c, took), f.now()); err != nil {
		f.log.WarnContext(ctx, "metrics not written", "err", err)
	}
}

// reportFailed writes one line for each message that comes again.
func (f *function) reportFailed(ctx context.Context, messages []lambdaevent.Message, errs []error) {
	for i, m := range messages {
		if errs[i] == nil {
			continue
		}
		about := append(requestOf(ctx), "message_id", m.ID, "received", m.Received, "objects", keysOf(m))
		f.log.ErrorContext(ctx, "message failed, it comes again", append(about, failure(errs[i])...)...)
	}
}

// maxKeys bounds the keys in one line of the log.
const maxKeys = 5

func keysOf(m lambdaevent.Message) []string {
	var keys []string
	for _, o := range m.Objects[:min(len(m.Objects), maxKeys)] {
		keys = append(keys, o.Bucket+"/"+o.Key)
	}
	return keys
}

func requestOf(ctx context.Context) []any {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return []any{"request_id", lc.AwsRequestID}
	}
	return nil
}

// failure says why something failed and what to do about it.
func failure(err error) []any {
	about := []any{"reason", string(limnograph.ErrorCode(err)), "err", err.Error()}
	if hints := remedies(err); len(hints) > 0 {
		about = append(about, "remedy", strings.Join(hints, "; "))
	}
	return about
}

// remedies gathers the hints of an error and of all its causes.
func remedies(err error) (hints []string) {
	var e *limnograph.Error
	if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // one step at a time
		for _, one := range several.Unwrap() {
			hints = append(hints, remedies(one)...)
		}
		return hints
	}
	if errors.As(err, &e) {
		if e.Hint != "" {
			hints = append(hints, e.Hint)
		}
		return append(hints, remedies(e.Err)...)
	}
	return nil
}
