package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	awsconfig "limnograph/aws/config"
	"limnograph/aws/glue"
	"limnograph/aws/s3"
	"limnograph/cataloging"
	"limnograph/cmd/limno/internal/config"
	"limnograph/localdir"
	"limnograph/objectcache"
	"limnograph/panel"
	"limnograph/sqlite"
)

// fillWithin is how far back objects are read for their time bounds: what the page shows without being asked, and what
// it compares with. Older objects are found by their arrival.
const fillWithin = 72 * time.Hour

// bucket is the mode in which Firehose delivers to S3. The data directory holds what can be had again: which objects
// there are, and copies of some.
type bucket struct {
	cfg      config.Config
	log      *slog.Logger
	clients  awsconfig.Clients
	location s3.Location
	store    *s3.Store
	objects  limnograph.ObjectReader // the store, through the cache where there is one

	lock     *localdir.Lock
	ledger   *sqlite.Catalog
	cache    *objectcache.Cache   // nil: the engine reads the bucket itself
	follower *cataloging.Follower // of glue
	glue     *glue.Catalog        // nil: the catalogue is the ledger's
	worker   *cataloging.Worker
	engine   engine
	works    []func(context.Context) error // what goes on in the background
	closers  []func() error                // in the order of opening
	metrics  *prometheus.Registry
}

// bucketLake opens the mode for a server.
func bucketLake(ctx context.Context, cfg config.Config, log *slog.Logger, command string) (*lake, error) {
	b := &bucket{cfg: cfg, log: log, metrics: prometheus.NewRegistry()}
	if err := b.open(ctx, command); err != nil {
		return nil, errors.Join(err, b.close())
	}
	if err := b.openConsumer(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return &lake{
		registry: b.metrics, lock: b.lock, files: b.worker.FileSet, panels: panel.Flat, engine: b.engine, ready: b.ready(),
		delivery:   noDelivery(b.location.String()),
		importHint: "objects of " + b.location.String() + " are read where they are: put them there, below landing/metrics/",
		waitsFor:   b.waitsFor(), keepFor: keepFor(cfg.Engine), about: b.about(), run: b.run, close: b.close,
	}, nil
}

// open takes the data directory and publishes what the bucket holds.
func (b *bucket) open(ctx context.Context, command string) (err error) {
	if b.lock, err = takeDirectory(b.cfg.Data, command); err != nil {
		return err
	}
	b.after(b.lock.Release)
	if err := b.connect(ctx); err != nil {
		return err
	}
	if b.ledger, err = sqlite.Open(ctx, filepath.Join(b.cfg.Data, "bucket.db"), false); err != nil {
		return err
	}
	b.after(b.ledger.Close)
	if err := b.openCache(); err != nil {
		return err
	}
	if err := b.openWorker(ctx); err != nil {
		return err
	}
	return b.openEngine(ctx, tempDir(b.cfg.Data))
}

// connect finds credentials and names what is in AWS; it reads nothing there.
func (b *bucket) connect(ctx context.Context) (err error) {
	if b.location, err = s3.ParseLocation(b.cfg.Storage); err != nil {
		return err
	}
	if b.clients, err = awsClients(ctx, b.cfg.AWS); err != nil {
		return err
	}
	b.store = b.storeAt(b.location)
	b.objects = b.store
	if b.cfg.Catalog == config.CatalogGlue {
		b.glue = glue.New(b.clients.For("glue"), glue.Config{Database: b.cfg.AWS.Database, Root: b.location.String()})
	}
	return nil
}

// storeAt returns the store at a location. Servers that are not AWS want the bucket in the path.
func (b *bucket) storeAt(at s3.Location) *s3.Store {
	return s3.New(b.clients.For("s3"), at, s3.Config{PathStyle: b.cfg.AWS.Endpoint != "" || b.cfg.AWS.Endpoints.S3 != ""})
}

// awsClients finds region and credentials for the settings.
func awsClients(ctx context.Context, a config.AWS) (awsconfig.Clients, error) {
	return awsconfig.Load(ctx, awsconfig.Config{
		Region: a.Region, Profile: a.Profile, Endpoint: a.Endpoint, Endpoints: a.Endpoints.ByService(),
		RoleARN: a.RoleARN, ExternalID: a.ExternalID, Version: version,
	})
}

// openCache is for DuckDB alone: the other engines read the bucket.
func (b *bucket) openCache() (err error) {
	if b.cfg.Engine != config.EngineDuckDB {
		return nil
	}
	dir := b.cfg.Cache.Dir
	if dir == "" {
		dir = filepath.Join(b.cfg.Data, "cache")
	}
	b.cache, err = objectcache.Open(dir, b.store, objectcache.Config{Of: b.location.String(), MaxBytes: int64(b.cfg.Cache.MaxBytes)})
	if err != nil {
		return err
	}
	b.after(b.cache.Close)
	b.objects = b.cache.Reader()
	registerCache(b.metrics, b.cache)
	return nil
}

// openWorker publishes what the bucket holds: all that the catalogue knows, or, without one, all there is.
func (b *bucket) openWorker(ctx context.Context) error {
	cfg := cataloging.Config{Logger: b.log, FillWithin: fillWithin}
	if b.glue != nil {
		b.follower = cataloging.ReadOnly(b.glue, cataloging.FollowConfig{Logger: b.log})
		cfg.Follow = true
		b.worker = cataloging.New(b.objects, cataloging.Mirrored(b.follower, b.ledger), b.ledger, b.follower.Schemas, cfg)
		b.works = append(b.works, b.follower.Run)
	} else {
		published, err := b.ledger.Tables(ctx)
		if err != nil {
			return err
		}
		schemas, err := newSchemaSource(schemaDir(b.cfg), published, b.log)
		if err != nil {
			return err
		}
		b.worker = cataloging.New(b.objects, b.ledger, b.ledger, schemas.all, cfg)
		b.works = append(b.works, schemas.watch)
	}
	b.works = append(b.works, b.worker.Run)
	return b.worker.Load(ctx)
}

// ready says what must hold. Athena is not asked: each question has its price.
func (b *bucket) ready() []func(context.Context) error {
	switch b.cfg.Engine {
	case config.EngineAthena:
		return nil
	case config.EngineTrino:
		return []func(context.Context) error{lately(func(ctx context.Context) error { return answers(ctx, b.engine, "SELECT 1") })}
	}
	return []func(context.Context) error{answering(b.engine, b.worker.FileSet)}
}

// waitsFor tells the person at an empty page where to look.
func (b *bucket) waitsFor() string {
	landing := b.location.String() + "/landing/metrics/"
	if b.glue == nil {
		return "there is no object below " + landing + " yet. Look whether Firehose delivers there"
	}
	return fmt.Sprintf("what lies below %s shows as soon as the database %s of the Glue Data Catalog has its table and partitions. "+
		"If there are no objects, look whether Firehose delivers there; if there are, look at what writes the catalogue: its log, its queue "+
		"(docs/aws/troubleshooting.md)", landing, b.cfg.AWS.Database)
}

// about tells the person at the terminal what the server stands on.
func (b *bucket) about() []fact {
	catalogue := b.cfg.Catalog
	if b.glue != nil {
		catalogue += " " + b.cfg.AWS.Database
		if b.cfg.AWS.Notifications != "" {
			catalogue += ", written by this server"
		}
	}
	return []fact{{"objects", b.location.String()}, {"catalogue", catalogue}, {"engine", b.cfg.Engine}}
}

func (b *bucket) run(ctx context.Context) error { return together(ctx, b.works...) }

func (b *bucket) after(end func() error) { b.closers = append(b.closers, end) }

// close gives everything back, the last one first.
func (b *bucket) close() error { return closeAll(b.closers) }
