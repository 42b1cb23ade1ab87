package main

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"limnograph/aws/lambdaevent"
)

// mode is one thing that the function can be.
type mode struct {
	name string // value of LIMNO_LAMBDA_MODE
	// start returns what the Lambda runtime calls.
	start func(ctx context.Context, s settings, log *slog.Logger, stdout io.Writer) (handler any, err error)
}

const collectMode = "collect"

func modes() []mode {
	return []mode{
		{"catalog", cataloguing(func(f *function) any { return lambdaevent.SQS(f.catalogue) })},
		{"reconcile", cataloguing(func(f *function) any { return f.reconcile })},
		{collectMode, func(ctx context.Context, s settings, log *slog.Logger, stdout io.Writer) (any, error) {
			c, err := newCollecting(ctx, s, log, stdout)
			if err != nil {
				return nil, err
			}
			return c.handle, nil
		}},
	}
}

// cataloguing starts a mode that writes the catalogue.
func cataloguing(handler func(f *function) any) func(context.Context, settings, *slog.Logger, io.Writer) (any, error) {
	return func(ctx context.Context, s settings, log *slog.Logger, stdout io.Writer) (any, error) {
		f, err := newFunction(ctx, s, log, stdout)
		if err != nil {
			return nil, err
		}
		log.Debug("started", "database", s.database, "schemas", s.schemas.String())
		return handler(f), nil
	}
}

func modeNames() string {
	var names []string
	for _, m := range modes() {
		names = append(names, m.name)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
