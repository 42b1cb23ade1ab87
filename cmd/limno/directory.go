package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
	"limnograph/duckdb"
	"limnograph/firehose"
	"limnograph/panel"
)

// directoryLake is the embedded mode: Firehose delivers to this process, which lands everything in its data directory.
func directoryLake(ctx context.Context, cfg config.Config, log *slog.Logger, opt serverOptions) (_ *lake, err error) {
	c, err := openCore(ctx, cfg, log, opt.command)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	files := newPublished(c.worker.FileSet, c.curation.snapshots, c.curatedSchemas).FileSet
	l := &lake{core: c, registry: c.registry, lock: c.lock, files: files, panels: panel.Curated, waiting: c.waiting, imports: importFunc(c.importer), run: c.run, close: c.close}
	if err = l.deliverTo(c, opt); err != nil {
		return nil, errors.Join(err, c.close())
	}
	duck, err := openDirectoryEngine(ctx, c, files)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	l.engine = duck
	l.close = func() error { return errors.Join(duck.Close(), c.close()) }
	if err := l.collectRuns(ctx, c, opt); err != nil {
		return nil, errors.Join(err, l.close())
	}
	l.ready = []func(context.Context) error{
		func(context.Context) error { return c.lander.Ready() },
		curatedTables(l.files),
		answering(duck, l.files),
	}
	return l, nil
}

// deliverTo makes the delivery endpoint and its keys.
func (l *lake) deliverTo(c *core, opt serverOptions) (err error) {
	if l.keyring, err = newKeyring(c.cfg, opt.reload, c.log); err != nil {
		return err
	}
	l.run = func(ctx context.Context) error {
		return together(ctx, c.run, l.keyring.watch)
	}
	l.delivery, err = firehose.New(c.lander, l.keyring.keys, c.schemas.tableOf, firehose.Config{
		MaxBody: int64(c.cfg.Firehose.MaxBody), MaxInFlight: int64(c.cfg.Firehose.MaxInFlight),
		ReadTimeout: c.cfg.Firehose.ReadTimeout.Std(), Logger: c.log, Registerer: c.registry,
	})
	return err
}

// collectRuns lets runs come in, and rolls their datapoints up.
func (l *lake) collectRuns(ctx context.Context, c *core, opt serverOptions) error {
	query, err := newAsker(l.engine, c.cfg.Collector)
	if err != nil {
		return err
	}
	c.curation.RollUpBy(query.rollUp)
	glue := glueSettingsOf(c.cfg)
	if opt.glue != nil {
		glue = *opt.glue
	}
	targets, err := glue.targets(ctx)
	if err != nil { // deliveries do not wait for it
		c.log.Error("some accounts are not asked for jobs and runs before the next start", "err", err)
	}
	if l.collecting, err = c.openCollector(ctx, glue, targets, query); err != nil {
		return err
	}
	if n := len(glue.accounts); n > 0 && opt.glue == nil {
		l.about = append(l.about, fact{"Glue", fmt.Sprintf("jobs and runs of %d accounts; the budget of calls is logged once their jobs are known, and stands in /api/v1/collector", n)})
	}
	run := l.run
	l.run = func(ctx context.Context) error { return together(ctx, append(l.collecting.works, run)...) }
	return nil
}

func openDirectoryEngine(ctx context.Context, c *core, files func() *limnograph.FileSet) (*duckdb.Engine, error) {
	temp := tempDir(c.cfg.Data)
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, err
	}
	return openDuckDB(ctx, c.cfg.Query, duckdb.Config{Files: files, Path: c.store.Path, HoldData: c.curation.Hold, TempDir: temp})
}

// openDuckDB opens the SQL engine over local files, within the limits of q.
func openDuckDB(ctx context.Context, q config.Query, cfg duckdb.Config) (*duckdb.Engine, error) {
	cfg.MemoryLimit, cfg.Threads = int64(q.MemoryLimit), q.Threads
	cfg.Timeout, cfg.MaxConcurrent = q.Timeout.Std(), q.MaxConcurrent
	return duckdb.Open(ctx, cfg)
}

// needsDirectory refuses a command that works on a data directory while the objects are in S3.
func needsDirectory(cfg config.Config, command, instead string) error {
	if !cfg.InBucket() {
		return nil
	}
	return fmt.Errorf("%s works on a data directory, and storage is %s (%s)", command, cfg.Storage, instead)
}
