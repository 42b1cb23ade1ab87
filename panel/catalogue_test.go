package panel_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"limnograph/gluemetric"
	"limnograph/panel"
)

// reading is one aggregate of a panel over the metrics that its filter names.
type reading struct{ function, argument, metric, column string }

var (
	aggregates = regexp.MustCompile(`(?m)^\s*(\w+)\((.*)\) FILTER \(WHERE metric_name (?:=|LIKE|NOT LIKE) '([^']+)'.*\) AS (\w+),?$`)
	literals   = regexp.MustCompile(`'(glue\.[^']*)'`)
	filters    = regexp.MustCompile(`FILTER \(WHERE metric_name`)
)

const average = `"sum" / nullif("count", 0)`

func readings(sql string) (found []reading) {
	for _, m := range aggregates.FindAllStringSubmatch(sql, -1) {
		found = append(found, reading{m[1], strings.TrimSuffix(m[2], ", ts"), m[3], m[4]})
	}
	return found
}

// audit lists what a query does against the meaning of the metrics that it reads.
func audit(c *gluemetric.Catalogue, sql string) (wrong []string) {
	for _, m := range literals.FindAllStringSubmatch(sql, -1) {
		if len(named(c, m[1])) == 0 && !isPublished(m[1]) {
			wrong = append(wrong, m[1]+" is in no catalogue")
		}
	}
	if n := len(filters.FindAllString(sql, -1)); n != len(readings(sql)) {
		wrong = append(wrong, fmt.Sprintf("of %d filters on a metric %d are understood", n, len(readings(sql))))
	}
	if !keepsTwinsApart(sql) {
		wrong = append(wrong, "adds JobRunId=ALL to the runs")
	}
	for _, r := range readings(sql) {
		if isPublished(r.metric) && r.function != "max" && !strings.HasSuffix(r.column, "_ts") {
			wrong = append(wrong, fmt.Sprintf("%s of %s: it may be published twice, and is read with max", r.column, r.metric))
		}
		for _, m := range named(c, r.metric) {
			if complaint := r.against(m, sql); complaint != "" {
				wrong = append(wrong, fmt.Sprintf("%s of %s: %s", r.column, r.metric, complaint))
			}
		}
	}
	return wrong
}

// isPublished reports whether a name or a LIKE pattern means the custom metrics, which are in no catalogue of what Glue emits.
func isPublished(name string) bool { return strings.HasPrefix(name, "glue.run.") }

// named returns the metrics that a name or a LIKE pattern means.
func named(c *gluemetric.Catalogue, name string) (found []gluemetric.Metric) {
	prefix, isPattern := strings.CutSuffix(name, "%")
	if m, ok := c.Lookup(name); ok && !isPattern {
		return []gluemetric.Metric{m}
	}
	for _, m := range c.Metrics() {
		if isPattern && strings.HasPrefix(m.Name, prefix) {
			found = append(found, m)
		}
	}
	return found
}

// keepsTwinsApart reports whether the series of all runs is left out, or stays a row of its own.
func keepsTwinsApart(sql string) bool {
	return strings.Contains(sql, "job_run_id <> 'ALL'") || strings.Contains(sql, "AND job_run_id = $run") ||
		strings.Contains(sql, "run_id = 'ALL' AS total") && strings.Contains(sql, "GROUP BY account_id, region, job_name, run_id\n")
}

// against says what is wrong with reading m so; empty: nothing.
func (r reading) against(m gluemetric.Metric, sql string) string {
	if isOutcome(m) {
		if r.function != "max" {
			return "an outcome is a flag: it is asked whether it was ever reported"
		}
		return ""
	}
	if m.RollUp.Metric != m.Name {
		return "a roll-up reads " + m.RollUp.Metric
	}
	if d := strings.ToLower(m.RollUp.Dimension); d != "" && (!strings.Contains(sql, d+" = 'ALL'") || !groupsBy(sql, d)) {
		return "the series of each " + d + " are added to that of all"
	}
	return r.againstKind(m)
}

// groupsBy reports whether the inner aggregate keeps the series of a dimension apart.
func groupsBy(sql, dimension string) bool {
	return strings.Contains(sql, ", "+dimension+"\n") || strings.Contains(sql, ", "+dimension+", sink\n")
}

func isOutcome(m gluemetric.Metric) bool {
	return strings.HasPrefix(m.Name, "glue.error.") || m.Name == "glue.succeed.ALL"
}

// againstKind: a delta is summed. A gauge is not, except that the averages of its minutes may be added up to what it
// was over time.
func (r reading) againstKind(m gluemetric.Metric) string {
	switch {
	case m.Kind == gluemetric.Delta && (r.function != "sum" || r.argument != `"sum"`):
		return "a delta is read by the sum of its sums"
	case m.Kind == gluemetric.Gauge && r.argument == `"sum"`:
		return "the sum of a gauge means nothing"
	case m.Kind == gluemetric.Gauge && r.function == "sum" && !(r.argument == average && strings.HasSuffix(r.column, "_minutes")):
		return "a gauge is summed"
	}
	return ""
}

// catalogueAndPanels returns the panels that read metrics.
func catalogueAndPanels(t *testing.T) (*gluemetric.Catalogue, map[string]panel.Panel) {
	t.Helper()
	c, err := gluemetric.Load()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]panel.Panel)
	for _, from := range []panel.Source{panel.Flat, panel.Curated} {
		for name, p := range builtin(t, from) {
			if strings.Contains(p.SQL, "metric_name") {
				found[name] = p
			}
		}
	}
	return c, found
}

// The panels read the metrics as gluemetric says.
func TestPanelsAgreeWithTheCatalogue(t *testing.T) {
	c, panels := catalogueAndPanels(t)
	if len(panels) != 4 {
		t.Errorf("%d panels read metrics", len(panels))
	}
	for name, p := range panels {
		t.Run(name, func(t *testing.T) {
			if len(readings(p.SQL)) == 0 {
				t.Error("it reads no metric")
			}
			for _, complaint := range audit(c, p.SQL) {
				t.Error(complaint)
			}
		})
	}
}

// The audit finds what it is for: each case breaks one panel in one place.
func TestAuditFindsWhatDisagrees(t *testing.T) {
	c, panels := catalogueAndPanels(t)
	for name, tc := range map[string]struct{ panel, good, bad, want string }{
		"unknown metric": {
			panel.Runs, "'glue.driver.workerUtilization'", "'glue.driver.workerUtilisation'", "glue.driver.workerUtilisation is in no catalogue",
		},
		"unknown pattern":   {panel.Runs, "LIKE 'glue.error.%')", "LIKE 'glue.errors.%')", "glue.errors.% is in no catalogue"},
		"twins added":       {panel.Load, "AND job_run_id <> 'ALL'", "", "adds JobRunId=ALL to the runs"},
		"twins not kept":    {panel.Runs, "GROUP BY account_id, region, job_name, run_id\n", "GROUP BY account_id, region, job_name\n", "adds JobRunId=ALL to the runs"},
		"greatest of delta": {panel.RunSeries, `sum("sum") FILTER`, `max("max") FILTER`, "records_read of glue.driver.aggregate.recordsRead: a delta is read by the sum of its sums"},
		"gauge summed":      {panel.RunSeries, `max("max") FILTER`, `sum("max") FILTER`, "executors of glue.driver.ExecutorAllocationManager.executors.numberAllExecutors: a gauge is summed"},
		"sum of gauge":      {panel.RunSeries, `max("max") FILTER`, `max("sum") FILTER`, "executors of glue.driver.ExecutorAllocationManager.executors.numberAllExecutors: the sum of a gauge means nothing"},
		"sinks added":       {panel.Runs, "sink = 'ALL'", "sink IS NOT NULL", "records_written of glue.driver.recordsWritten: the series of each sink are added to that of all"},
		"one executor":      {panel.RunSeries, "'glue.ALL.jvm.heap.usage') AS", "'glue.1.jvm.heap.usage') AS", "heap_all of glue.1.jvm.heap.usage: a roll-up reads glue.ALL.jvm.heap.usage"},
		"sources added": {
			panel.RunMetrics, "source = 'ALL'", "source IS NOT NULL",
			"source_records of glue.driver.recordsRead: the series of each source are added to that of all",
		},
		"published summed": {
			panel.RunMetrics, `max("max") FILTER (WHERE metric_name = 'glue.run.duration')`, `sum("sum") FILTER (WHERE metric_name = 'glue.run.duration')`,
			"duration of glue.run.duration: it may be published twice, and is read with max",
		},
		"failures summed": {panel.Runs, `max("max") FILTER (WHERE metric_name = 'glue.succeed.ALL')`, `sum("sum") FILTER (WHERE metric_name = 'glue.succeed.ALL')`, "succeeded of glue.succeed.ALL: an outcome is a flag: it is asked whether it was ever reported"},
		"another form":    {panel.Load, ") FILTER (WHERE metric_name = 'glue.driver.aggregate.recordsRead')", ") FILTER (WHERE metric_name IN ('glue.driver.aggregate.recordsRead'))", "of 2 filters on a metric 1 are understood"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := strings.ReplaceAll(panels[tc.panel].SQL, tc.good, tc.bad)
			if got := audit(c, broken); !slices.Contains(got, tc.want) {
				t.Errorf("complaints %q, want %q", got, tc.want)
			}
		})
	}
}
