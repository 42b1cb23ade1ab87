package panel_test

import (
	"testing"
	"time"
	"fmt"
	"errors"
	"io"

	"limnograph"
)

func TestScratch(t *testing.T) {
	r := limnograph.TimeRange{From: noon.Add(-24 * time.Hour), To: noon}
	l, _ := simulated(t, r)
	for _, q := range []string{
`SELECT count(*) FROM raw_glue_metrics_flat WHERE metric_name IN ('glue.driver.aggregate.recordsRead','glue.driver.aggregate.elapsedTime','glue.driver.recordsWritten','glue.driver.ExecutorAllocationManager.executors.numberAllExecutors','glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad','glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage','glue.succeed.ALL')`,
`SELECT count(*) FROM raw_glue_metrics_flat WHERE (metric_name IN ('glue.driver.aggregate.recordsRead','glue.driver.aggregate.elapsedTime','glue.driver.recordsWritten','glue.driver.ExecutorAllocationManager.executors.numberAllExecutors','glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad','glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage','glue.succeed.ALL') OR metric_name LIKE 'glue.error.%')`,
`SELECT count(*), sum("sum"), max("max") FROM raw_glue_metrics_flat WHERE metric_name IN ('glue.driver.aggregate.recordsRead','glue.driver.aggregate.elapsedTime','glue.driver.recordsWritten','glue.driver.ExecutorAllocationManager.executors.numberAllExecutors','glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad','glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage','glue.succeed.ALL')`,
`SELECT count(*), sum("sum"), max("max") FROM raw_glue_metrics_flat WHERE ts > timestamptz '2026-11-23 05:00:00Z' AND metric_name IN ('glue.driver.aggregate.recordsRead','glue.driver.aggregate.elapsedTime','glue.driver.recordsWritten','glue.driver.ExecutorAllocationManager.executors.numberAllExecutors','glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad','glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage','glue.succeed.ALL')`,
`SELECT count(*), sum("sum"), max("max"), count(job_name), count(sink), count(job_run_id) FROM raw_glue_metrics_flat WHERE ts > timestamptz '2026-11-23 05:00:00Z' AND metric_name IN ('glue.driver.aggregate.recordsRead','glue.driver.aggregate.elapsedTime','glue.driver.recordsWritten','glue.driver.ExecutorAllocationManager.executors.numberAllExecutors','glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad','glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage','glue.succeed.ALL')`,
`SELECT job_name, job_run_id, sink, count(*), sum("sum"), max("max") FROM raw_glue_metrics_flat WHERE ts > timestamptz '2026-11-23 05:00:00Z' AND metric_name IN ('glue.driver.aggregate.recordsRead','glue.driver.aggregate.elapsedTime','glue.driver.recordsWritten','glue.driver.ExecutorAllocationManager.executors.numberAllExecutors','glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad','glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage','glue.succeed.ALL') GROUP BY 1,2,3`,
	} {
		for range 3 {
		start := time.Now()
		rows, err := l.engine.Query(t.Context(), limnograph.Principal{Admin: true}, limnograph.Query{SQL: q})
		if err != nil { t.Fatal(q, err) }
		n := 0
		var v []any
		for {
			w, err := rows.Next()
			if errors.Is(err, io.EOF) { break }
			if err != nil { t.Fatal(err) }
			v = append([]any{}, w...)
			n++
		}
		rows.Close()
		fmt.Println(time.Since(start).Round(time.Millisecond), n, v, q[:50])
		}
	}
}
