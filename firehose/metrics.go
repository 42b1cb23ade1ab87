package firehose

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

type metrics struct {
	requests   *prometheus.CounterVec
	seconds    prometheus.Histogram
	datapoints prometheus.Counter
	bytes      prometheus.Counter
	rejects    *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, inFlight func() float64) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "limno_firehose_requests_total", Help: "Requests under /firehose/ by status code of the answer.",
		}, []string{"code"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "limno_firehose_request_seconds", Help: "Time from the request's header to its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
		datapoints: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "limno_firehose_datapoints_total", Help: "Datapoints acknowledged.",
		}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "limno_firehose_body_bytes_total", Help: "Bytes of acknowledged bodies, after inflation.",
		}),
		rejects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "limno_firehose_rejects_total", Help: "Pieces of acknowledged deliveries that went to quarantine, by reason.",
		}, []string{"reason"}),
	}
	held := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "limno_firehose_in_flight_bytes", Help: "Bytes that deliveries in progress hold.",
	}, inFlight)
	return m, register(reg, m.requests, m.seconds, m.datapoints, m.bytes, m.rejects, held)
}

func register(reg prometheus.Registerer, cs ...prometheus.Collector) error {
	if reg == nil {
		return nil
	}
	for _, c := range cs {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	return nil
}

func (m *metrics) answered(status int, took time.Duration) {
	m.requests.WithLabelValues(strconv.Itoa(status)).Inc()
	m.seconds.Observe(took.Seconds())
}

func (m *metrics) landed(b *limnograph.Batch, bodyBytes int) {
	for i := range b.Parts {
		m.datapoints.Add(float64(b.Parts[i].Count))
	}
	for i := range b.Rejects {
		m.rejects.WithLabelValues(b.Rejects[i].Reason).Inc()
	}
	m.bytes.Add(float64(bodyBytes))
}
