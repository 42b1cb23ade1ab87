package collector

import (
	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

// metrics are what an operator watches of the collector.
type metrics struct {
	calls, failed, landed, events *prometheus.CounterVec
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "limno_collector_" + name + "_total", Help: help}, labels)
	}
	return &metrics{
		calls:  counter("calls", "Requests to AWS by account, Region and operation.", "account", "region", "operation"),
		failed: counter("failed_calls", "Calls to AWS that gave no answer, by error code.", "account", "region", "operation", "code"),
		landed: counter("landed_records", "Records and custom metrics landed, by table.", "table"),
		events: counter("events", "Events about job runs: landed, or repeated.", "outcome"),
	}
}

func (m *metrics) register(r prometheus.Registerer, c *Collector) error {
	if r == nil {
		return nil
	}
	for _, each := range append([]prometheus.Collector{m.calls, m.failed, m.landed, m.events}, c.gauges()...) {
		if err := r.Register(each); err != nil {
			return &limnograph.Error{Code: limnograph.CodeConflict, Op: "register metrics of the collector", Err: err}
		}
	}
	return nil
}

// gauges are read from the targets when somebody asks.
func (c *Collector) gauges() (all []prometheus.Collector) {
	for _, t := range c.targets {
		labels := prometheus.Labels{"account": t.at.account, "region": t.at.region}
		for name, g := range map[string]struct {
			help string
			read func(TargetStatus) float64
		}{
			"budget_calls_per_hour":   {"Calls to Glue that an hour may have.", func(s TargetStatus) float64 { return float64(s.Budget.PerHour) }},
			"budget_used_calls":       {"Calls to Glue made in this hour.", func(s TargetStatus) float64 { return float64(s.Budget.Used) }},
			"budget_calls_per_second": {"Calls to Glue that a second may have now; throttling lowers it.", func(s TargetStatus) float64 { return s.Budget.PerSecond }},
			"ended_runs":              {"Runs that were seen to end since the start.", func(s TargetStatus) float64 { return float64(s.EndedRuns) }},
			"open_runs":               {"Runs that are watched because they may have to be asked about.", func(s TargetStatus) float64 { return float64(s.OpenRuns) }},
			"jobs":                    {"Jobs of the inventory.", func(s TargetStatus) float64 { return float64(s.Jobs) }},
			"backfill_jobs_left":      {"Jobs whose history was not read to its end.", func(s TargetStatus) float64 { return float64(s.Backfill.Jobs - s.Backfill.Done) }},
			"waiting_runs":            {"Runs whose custom metrics wait to be published.", func(s TargetStatus) float64 { return float64(s.Metrics.Waiting) }},
			"problems":                {"Operations of AWS that do not work.", func(s TargetStatus) float64 { return float64(len(s.Problems)) }},
		} {
			all = append(all, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "limno_collector_" + name, Help: g.help, ConstLabels: labels,
			}, func() float64 { return g.read(t.status()) }))
		}
	}
	return all
}
