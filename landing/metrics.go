package landing

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

// metrics are what the outside may watch.
type metrics struct {
	batches     prometheus.Counter
	datapoints  *prometheus.CounterVec
	records     *prometheus.CounterVec
	bytes       prometheus.Counter
	fsync       prometheus.Histogram
	sealed      prometheus.Counter
	failures    *prometheus.CounterVec
	quarantined *prometheus.CounterVec
	refused     *prometheus.CounterVec
	packed      prometheus.Counter
	packedFrom  prometheus.Counter
	deleted     *prometheus.CounterVec
	feedDamaged prometheus.Counter
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "limno_landing_" + name, Help: help})
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "limno_landing_" + name, Help: help}, []string{label})
	}
	return &metrics{
		batches:     counter("batches_total", "Batches that were made durable."),
		datapoints:  vector("datapoints_total", "Datapoints that were made durable.", "table"),
		records:     vector("records_total", "Run records that were made durable.", "table"),
		bytes:       counter("bytes_total", "Compressed bytes written to segments."),
		sealed:      counter("sealed_objects_total", "Segments that became objects."),
		failures:    vector("failures_total", "Failed operations of the disk.", "op"),
		quarantined: vector("quarantined_total", "Pieces of deliveries that are no datapoints.", "reason"),
		refused:     vector("refused_total", "Batches that a limit refused.", "reason"),
		packed:      counter("packed_objects_total", "Objects that were made of several."),
		packedFrom:  counter("packed_sources_total", "Objects that packed objects were made of."),
		feedDamaged: counter("feed_damaged_objects_total", "Objects and segments with damage, or empty. What stands behind it is not curated, unless it is in what a packed object was made of."),
		deleted:     vector("deleted_objects_total", "Objects that were deleted: packed into others, expired, or expired in quarantine.", "reason"),
		fsync: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "limno_landing_fsync_seconds", Help: "Time of one sync of a segment.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
	}
}

// register exposes the metrics, with gauges that read the lander.
func (m *metrics) register(r prometheus.Registerer, l *Lander) error {
	if r == nil {
		return nil
	}
	gauge := func(name, help string, value func(Stats) int64) prometheus.Collector {
		opts := prometheus.GaugeOpts{Name: "limno_landing_" + name, Help: help}
		return prometheus.NewGaugeFunc(opts, func() float64 { return float64(value(l.Stats())) })
	}
	space := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "limno_" + name, Help: help}, value)
	}
	for _, c := range []prometheus.Collector{
		m.batches, m.datapoints, m.records, m.bytes, m.fsync, m.sealed, m.failures, m.quarantined, m.refused,
		m.packed, m.packedFrom, m.deleted, m.feedDamaged,
		gauge("open_segments", "Segments that are not objects yet.", func(s Stats) int64 { return int64(s.OpenSegments) }),
		gauge("waiting_bytes", "Uncompressed bytes of batches that wait to become durable.", func(s Stats) int64 { return s.WaitingBytes }),
		space("disk_free_bytes", "Free bytes of the disk that holds the data directory.", l.free),
		space("disk_min_free_bytes", "Free bytes below which nothing more is written.", func() float64 { return float64(l.cfg.MinFree) }),
		gauge("quarantine_bytes", "Compressed bytes in quarantine.", func(s Stats) int64 { return s.QuarantineBytes }),
	} {
		if err := r.Register(c); err != nil {
			return &limnograph.Error{Code: limnograph.CodeConflict, Op: "register metrics of landing", Err: err}
		}
	}
	return nil
}

// landed counts a batch that has become durable.
func (m *metrics) landed(b *limnograph.Batch) {
	m.batches.Inc()
	for _, p := range b.Parts {
		m.countLines(p.Table, int64(p.Count))
	}
	for _, r := range b.Rejects {
		m.quarantined.WithLabelValues(r.Reason).Inc()
	}
}

// countLines counts lines of a table as what they are.
func (m *metrics) countLines(table string, n int64) {
	counter := m.datapoints
	if limnograph.IsRecordTable(table) {
		counter = m.records
	}
	counter.WithLabelValues(table).Add(float64(n))
}

func (m *metrics) synced(took time.Duration) { m.fsync.Observe(took.Seconds()) }
