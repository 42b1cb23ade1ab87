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
	mu      sync.Mutex
	version uint64
	good    time.Time
}

// ready reports nil when deliveries are accepted and every published name answers a query.
func (s *server) ready(ctx context.Context) error {
	if err := s.lander.Ready(); err != nil {
		return err
	}
	files := s.worker.FileSet()
	if files == nil {
		return errors.New("the catalogue is not loaded yet")
	}
	s.readiness.mu.Lock()
	defer s.readiness.mu.Unlock()
	if s.readiness.version == files.Version && time.Since(s.readiness.good) < readyFor {
		return nil
	}
	for _, t := range files.Tables {
		for _, name := range []string{t.Schema.RawTable(), t.Schema.FlatView()} {
			if err := s.answers(ctx, name); err != nil {
				return fmt.Errorf("%s does not answer: %w", name, err)
			}
		}
	}
	s.readiness.version, s.readiness.good = files.Version, time.Now()
	return nil
}

// answers asks for no rows of a published name: that binds the view and opens no object.
func (s *server) answers(ctx context.Context, name string) error {
	rows, err := s.engine.Query(ctx, limnograph.Principal{Name: "readiness", Admin: true},
		limnograph.Query{Name: "readiness", SQL: "SELECT * FROM " + name + " WHERE false", Range: noTime()})
	if err != nil {
		return err
	}
	_, err = rows.Next()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, rows.Close())
}

// noTime is a range that no datapoint lies in, so that the check prunes every object.
func noTime() limnograph.TimeRange {
	return limnograph.TimeRange{From: time.Unix(1, 0), To: time.Unix(1, 1)}
}
