package main

import (
	"cmp"
	"context"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/aws/athena"
	"limnograph/cmd/limno/internal/config"
	"limnograph/duckdb"
	"limnograph/objectcache"
	"limnograph/trino"
)

// openEngine opens who answers queries; temp is for DuckDB.
func (b *bucket) openEngine(ctx context.Context, temp string) (err error) {
	switch b.cfg.Engine {
	case config.EngineAthena:
		b.engine = b.openAthena()
	case config.EngineTrino:
		b.engine, err = b.openTrino()
	default:
		b.engine, err = b.openDuckDB(ctx, temp)
	}
	if err == nil {
		b.after(b.engine.Close)
	}
	return err
}

func (b *bucket) openDuckDB(ctx context.Context, temp string) (engine, error) {
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, err
	}
	return openDuckDB(ctx, b.cfg.Query, duckdb.Config{Files: b.worker.FileSet, Path: b.cache.Path, Hold: b.cache.Hold, TempDir: temp})
}

func (b *bucket) openAthena() engine {
	e := athena.New(b.clients.For("athena"), athena.Config{
		Workgroup: b.cfg.AWS.Workgroup, Database: b.cfg.AWS.Database, OutputLocation: b.cfg.AWS.Output, Published: b.published,
		Timeout: b.cfg.Query.Timeout.Std(), MaxConcurrent: b.cfg.Query.MaxConcurrent,
	})
	return remote{e, func() error { return nil }}
}

func (b *bucket) openTrino() (engine, error) {
	t := b.cfg.Trino
	e, err := trino.Open(trino.Config{
		URL: t.URL, User: t.User, Password: t.Password, Catalog: t.Catalog, Schema: cmp.Or(t.Schema, b.cfg.AWS.Database), Published: b.published,
		Timeout: b.cfg.Query.Timeout.Std(), MaxConcurrent: b.cfg.Query.MaxConcurrent,
	})
	if err != nil {
		return nil, err
	}
	return remote{e, e.Close}, nil
}

// keepFor bounds what an open page costs where each query is charged.
func keepFor(engine string) time.Duration {
	if engine == config.EngineAthena {
		return time.Minute
	}
	return 0
}

// published lists the schemas that queries may name.
func (b *bucket) published(context.Context) ([]limnograph.Schema, error) {
	var list []limnograph.Schema
	for _, t := range b.worker.FileSet().Tables {
		list = append(list, t.Schema)
	}
	return list, nil
}

// remote is an engine that is another system.
type remote struct {
	limnograph.Engine
	end func() error
}

// Close gives back the connections.
func (r remote) Close() error { return r.end() }

// registerCache shows what the cache does.
func registerCache(r prometheus.Registerer, c *objectcache.Cache) {
	count := func(name, help string, value func(objectcache.Stats) int64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value(c.Stats())) }))
	}
	count("limno_cache_hits_total", "Objects that a query wanted and that were in the cache.", func(s objectcache.Stats) int64 { return s.Hits })
	count("limno_cache_misses_total", "Objects that were fetched from the bucket.", func(s objectcache.Stats) int64 { return s.Misses })
	count("limno_cache_fetched_bytes_total", "Bytes of these.", func(s objectcache.Stats) int64 { return s.Fetched })
	count("limno_cache_evictions_total", "Copies that made room for others.", func(s objectcache.Stats) int64 { return s.Evictions })
	count("limno_cache_damaged_total", "Copies that were damaged and fetched again.", func(s objectcache.Stats) int64 { return s.Damaged })
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "limno_cache_bytes", Help: "Bytes of the copies in the cache."},
		func() float64 { return float64(c.Stats().Bytes) }))
}
