package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"limnograph/cataloging"
	"limnograph/cmd/limno/internal/config"
	"limnograph/landing"
	"limnograph/localdir"
	"limnograph/sqlite"
)

// core is what holds a data directory: its lock, the landed objects, the catalogue, and the two workers that keep
// them right. The server and a direct import both stand on it.
type core struct {
	cfg      config.Config
	log      *slog.Logger
	lock     *localdir.Lock
	store    *localdir.Store
	catalog  *sqlite.Catalog
	schemas  *schemaSource
	lander   *landing.Lander
	worker   *cataloging.Worker
	importer *landing.Importer
	curation *curation
	registry *prometheus.Registry
}

// openCore takes the data directory, recovers what an earlier process left, and publishes it. After an error the core
// still holds what it took: close it.
func openCore(ctx context.Context, cfg config.Config, log *slog.Logger, command string) (c *core, err error) {
	c = &core{cfg: cfg, log: log, registry: prometheus.NewRegistry()}
	if err = c.openDirectory(ctx, command); err != nil {
		return c, err
	}
	c.worker = cataloging.New(c.store, c.catalog, c.catalog, c.schemas.all, cataloging.Config{Logger: log})
	registerVanished(c.registry, c.worker)
	if c.lander, err = landing.New(ctx, c.store, c.store, c.worker.Notify, c.landingConfig()); err != nil {
		return c, err
	}
	c.importer = landing.NewImporter(c.store, c.lander, c.schemas.tableOf, landing.ImportConfig{})
	if err = c.worker.Load(ctx); err != nil {
		return c, err
	}
	c.curation, err = c.openCuration(ctx)
	return c, err
}

func (c *core) openDirectory(ctx context.Context, command string) (err error) {
	if c.lock, err = takeDirectory(c.cfg.Data, command); err != nil {
		return err
	}
	if c.store, err = localdir.Open(c.cfg.Data); err != nil {
		return err
	}
	if c.catalog, err = sqlite.Open(ctx, catalogPath(c.cfg.Data), false); err != nil {
		return err
	}
	published, err := c.catalog.Tables(ctx)
	if err != nil {
		return err
	}
	c.schemas, err = newSchemaSource(schemaDir(c.cfg), published, c.log)
	return err
}

// registerVanished counts the landed objects that something else than landing has deleted.
func registerVanished(r prometheus.Registerer, w *cataloging.Worker) {
	r.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "limno_catalogue_vanished_objects_total", Help: "Catalogued objects that were found gone, though landing has not deleted them."},
		func() float64 { return float64(w.VanishedTotal()) }))
}

// takeDirectory makes a data directory and takes its lock.
func takeDirectory(data, command string) (*localdir.Lock, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w (choose another with --data or LIMNO_DATA)", err)
	}
	lock, err := localdir.AcquireLock(data, command, time.Now())
	if err != nil {
		return nil, refusedDirectory(data, err)
	}
	return lock, nil
}

// refusedDirectory adds what to do when the directory belongs to somebody else.
func refusedDirectory(data string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w (%s belongs to another user: run as that user, or choose another with --data)", err, data)
	}
	return err
}

func (c *core) landingConfig() landing.Config {
	l := c.cfg.Landing
	return landing.Config{
		SealAfter: l.SealAfter.Std(), SealBytes: int64(l.SealBytes), MaxBytes: int64(l.MaxBytes), MinFree: int64(l.MinFree),
		FreeBytes: c.store.FreeBytes, QuarantineQuota: int64(l.QuarantineQuota),
		Logger: c.log, Registerer: c.registry,
	}
}

// run works until ctx ends: then everything landed is sealed, and after that catalogued and curated.
func (c *core) run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	cataloguing, stop := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error { defer stop(); return c.lander.Run(gctx) })
	g.Go(func() error { return c.worker.Run(cataloguing) })
	g.Go(func() error { return c.curation.Run(cataloguing) })
	g.Go(func() error { return c.schemas.watch(gctx) })
	g.Go(func() error { return c.tend(gctx) })
	return g.Wait()
}

// holding opens a data directory for a command, and lets its workers run beside what the command does.
func holding(ctx context.Context, cfg config.Config, log *slog.Logger, command string, do func(ctx context.Context, c *core) error) error {
	c, err := openCore(ctx, cfg, log, command)
	if err != nil {
		return errors.Join(err, c.close())
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	g, gctx := errgroup.WithContext(work)
	g.Go(func() error { return c.run(gctx) })
	err = do(gctx, c)
	stop()
	return errors.Join(err, g.Wait(), c.close())
}

// close releases the data directory.
func (c *core) close() error {
	var errs []error
	if c.curation != nil {
		errs = append(errs, c.curation.close())
	}
	if c.catalog != nil {
		errs = append(errs, c.catalog.Close())
	}
	if c.lock != nil {
		errs = append(errs, c.lock.Release())
	}
	return errors.Join(errs...)
}

// closeAll ends what was opened, the last one first.
func closeAll(closers []func() error) error {
	var errs []error
	for _, end := range slices.Backward(closers) {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

func catalogPath(data string) string { return filepath.Join(data, "catalog.db") }

func schemaDir(cfg config.Config) string {
	if cfg.Schemas.Dir != "" {
		return cfg.Schemas.Dir
	}
	return filepath.Join(cfg.Data, "schemas")
}
