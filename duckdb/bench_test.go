package duckdb_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"limnograph"
)

// A day of minutes: 240 objects of 4,000 lines, each datapoint of its own, 5 % of them delivered twice.
const (
	benchObjects = 240
	benchLines   = 4000
)

func benchLake(b *testing.B) *lake {
	l := newLake(b)
	for o := range benchObjects {
		at := noon.Truncate(24 * time.Hour).Add(time.Duration(o) * 6 * time.Minute)
		var text strings.Builder
		for i := range benchLines {
			minute := at.Add(time.Duration(i%6) * time.Minute)
			if i%20 == 0 { // said again by the next object
				minute = minute.Add(-6 * time.Minute)
				i++
			}
			run := "ALL"
			if i%2 == 0 {
				run = fmt.Sprintf("jr_%032x", i/100)
			}
			fmt.Fprintf(&text, `{"metric_stream_name":"limno","account_id":"11112222333%d","region":"eu-west-1","namespace":"Glue","metric_name":"glue.%d.system.cpuSystemLoad","dimensions":{"JobName":"orders-raw-to-staged-%d","JobRunId":"%s","Type":"gauge"},"timestamp":%d,"value":{"max":%d.5,"min":0.25,"sum":%d.75,"count":2.0},"unit":"Percent","limno_position":%d}`+"\n",
				i%3, i%12, i/12%60, run, minute.UnixMilli(), i, i, i)
		}
		l.landed("glue_metrics", "default", at, text.String())
	}
	b.ResetTimer()
	return l
}

// cpuSeconds is what the process has used: fair also on a busy machine.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// BenchmarkFlat reads the flattening view over 960,000 lines.
func BenchmarkFlat(b *testing.B) {
	queries := []struct{ name, sql string }{
		{"Raw", `SELECT count(*), sum(value['sum']) FROM raw_glue_metrics`},
		{"Count", `SELECT count(*) FROM raw_glue_metrics_flat`},
		{"OneStatistic", `SELECT job_name, sum("sum") FROM raw_glue_metrics_flat WHERE NOT is_total GROUP BY job_name`},
		{"AllStatistics", `SELECT job_name, max("max"), min("min"), sum("sum"), sum("count"), count(stats) FROM raw_glue_metrics_flat GROUP BY job_name`},
		{"OneMetric", `SELECT job_name, sum("sum") FROM raw_glue_metrics_flat WHERE metric_name = 'glue.1.system.cpuSystemLoad' AND job_run_id <> 'ALL' GROUP BY job_name`},
		{"OneJob", `SELECT date_trunc('hour', ts), sum("sum") FROM raw_glue_metrics_flat WHERE job_name = 'orders-raw-to-staged-7' GROUP BY 1`},
		{"Small", `SELECT 1`},
	}
	l := benchLake(b)
	for _, q := range queries {
		b.Run(q.name, func(b *testing.B) {
			before, n := cpuSeconds(), 0
			for b.Loop() {
				if _, err := l.run(limnograph.Query{SQL: q.sql, Untrusted: true}); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric((cpuSeconds()-before)/float64(n), "cpu-s/op")
		})
	}
}
