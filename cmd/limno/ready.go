package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"limnograph"
)

// registerProcess adds what every server tells about itself.
func registerProcess(r prometheus.Registerer, version string) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "limno_build_info", Help: "1, labelled by the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), info)
}

// readyFor is how long a good readiness check stands.
const readyFor = 5 * time.Second

// readiness remembers the last good check, so that probes cost nothing.
type readiness struct {
	engine limnograph.Engine
	files  func() *limnograph.FileSet

	mu      sync.Mutex
	version uint64
	good    time.Time
}

// answering checks that every published name answers a query.
func answering(e limnograph.Engine, files func() *limnograph.FileSet) func(context.Context) error {
	return (&readiness{engine: e, files: files}).check
}

func (r *readiness) check(ctx context.Context) error {
	files := r.files()
	if files == nil {
		return errors.New("the catalogue is not loaded yet")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version == files.Version && time.Since(r.good) < readyFor {
		return nil
	}
	for _, t := range files.Tables {
		names := t.Schema.RawNames()
		if t.Snapshot != nil {
			names = append(names, t.Schema.Table)
		}
		for _, name := range names {
			if err := answers(ctx, r.engine, "SELECT * FROM "+name+" WHERE false"); err != nil {
				return fmt.Errorf("%s does not answer: %w", name, err)
			}
		}
	}
	r.version, r.good = files.Version, time.Now()
	return nil
}

// curatedTables checks that every table that has landed data has a curated snapshot to answer from, be it an empty one that
// is being filled: without one nothing that landed is to be seen in it.
func curatedTables(files func() *limnograph.FileSet) func(context.Context) error {
	return func(context.Context) error {
		set := files()
		if set == nil {
			return nil // answering says so
		}
		for _, t := range set.Tables {
			if t.Snapshot == nil && len(t.Files) > 0 {
				return fmt.Errorf("the curated table %s cannot be opened, and shows nothing of what has landed (the log says why; it is tried again and again)", t.Schema.Table)
			}
		}
		return nil
	}
}

// lately remembers a good answer of a check for a while.
func lately(check func(context.Context) error) func(context.Context) error {
	var mu sync.Mutex
	var good time.Time
	return func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(good) < readyFor {
			return nil
		}
		if err := check(ctx); err != nil {
			return err
		}
		good = time.Now()
		return nil
	}
}

// answers runs a query that reads no object.
func answers(ctx context.Context, e limnograph.Engine, sql string) error {
	rows, err := e.Query(ctx, limnograph.Principal{Name: "readiness", Admin: true}, limnograph.Query{Name: "readiness", SQL: sql, Range: noTime()})
	if err != nil {
		return err
	}
	for err == nil {
		_, err = rows.Next()
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, rows.Close())
}

// noTime is a range that no datapoint lies in, so that the check prunes every object.
func noTime() limnograph.TimeRange {
	return limnograph.TimeRange{From: time.Unix(1, 0), To: time.Unix(1, 1)}
}
