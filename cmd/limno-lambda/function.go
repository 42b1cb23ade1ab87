package main

import (
	"context"
	"io"
	"log/slog"
	"path"
	"strings"
	"time"

	"limnograph/aws/config"
	"limnograph/aws/glue"
	"limnograph/aws/s3"
	"limnograph/cataloging"
	"limnograph/schema"
)

// margin is the time before the deadline at which work stops, so that the answer still gets out.
const margin = 2 * time.Second

// function is what all modes work with.
type function struct {
	landing s3.Location
	handler *cataloging.Handler
	log     *slog.Logger
	metrics metrics
	now     func() time.Time
}

// newFunction connects the roles with the services. It makes no call to them.
func newFunction(ctx context.Context, s settings, log *slog.Logger, stdout io.Writer) (*function, error) {
	clients, err := config.Load(ctx, config.Config{Version: version})
	if err != nil {
		return nil, err
	}
	landing := s3.New(clients.For("s3"), s.landing, s3.Config{})
	cat := glue.New(clients.For("glue"), glue.Config{Database: s.database, Root: s.landing.String()})
	handler := cataloging.NewHandler(landing, cat, storedDefinitions(clients, s.schemas), cataloging.HandlerConfig{
		Window: s.window, MaxCalls: s.calls,
	})
	return &function{
		landing: s.landing, handler: handler, log: log, now: time.Now,
		metrics: metrics{to: stdout, mode: s.mode.name},
	}, nil
}

// storedDefinitions reads definitions below a location. Objects of a store have a folder, so the last one of the location
// is part of the keys.
func storedDefinitions(clients config.Clients, loc s3.Location) *cataloging.StoredDefinitions {
	parent, folder := path.Split(loc.Prefix)
	root := s3.Location{Bucket: loc.Bucket, Prefix: strings.TrimSuffix(parent, "/")}
	return cataloging.NewStoredDefinitions(s3.New(clients.For("s3"), root, s3.Config{}), folder+"/", schema.Builtin(),
		cataloging.DefinitionsConfig{Where: root.String() + "/"})
}

// inTime ends a context before the function is stopped.
func inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-margin))
}
