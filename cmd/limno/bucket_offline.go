package main

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph/cmd/limno/internal/config"
)

// openBucketOffline opens the bucket in this process, for one question. It lists what is new there; nothing is written
// but the data directory.
func openBucketOffline(ctx context.Context, cfg config.Config, o *offline) (err error) {
	b := &bucket{cfg: cfg, log: slog.New(slog.DiscardHandler), metrics: prometheus.NewRegistry()}
	o.after(b.close)
	if err := b.open(ctx, "limno query"); err != nil {
		return err
	}
	o.engine = b.engine
	return nil
}
