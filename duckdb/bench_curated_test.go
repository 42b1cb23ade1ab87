package duckdb_test

import (
	"compress/gzip"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/conformance/datafile"
	"limnograph/objectkey"
	"limnograph/panel"
	"limnograph/schema"
)

// historyDays is the length of the longer history; the other one has a tenth of it.
var historyDays = flag.Int("history", 70, "days of history that the benchmark of curated tables reads")

// Each job runs once an hour, for runMinutes, and reports every metric each minute.
const (
	benchJobs  = 60
	runMinutes = 3
)

func benchMetrics() []string {
	return []string{
		"glue.driver.aggregate.recordsRead", "glue.driver.aggregate.elapsedTime", "glue.driver.aggregate.bytesRead",
		"glue.driver.ExecutorAllocationManager.executors.numberAllExecutors", "glue.ALL.system.cpuSystemLoad", "glue.driver.system.cpuSystemLoad",
		"glue.ALL.jvm.heap.usage", "glue.driver.jvm.heap.usage", "glue.driver.workerUtilization", "glue.succeed.ALL",
	}
}

// hourOfHistory calls f for each datapoint of an hour.
func hourOfHistory(hour time.Time, f func(dp *limnograph.Datapoint)) {
	for job := range benchJobs {
		run := fmt.Sprintf("jr_%032x", hour.Unix()*benchJobs+int64(job))
		for m, metric := range benchMetrics() {
			dp := limnograph.Datapoint{
				StreamName: "limno", AccountID: fmt.Sprintf("11112222333%d", job%3), Region: "eu-west-1", Namespace: "Glue", MetricName: metric, Unit: "None",
				Dimensions: []limnograph.Dimension{{Name: "JobName", Value: fmt.Sprintf("orders-raw-to-staged-%02d", job)}, {Name: "JobRunId", Value: run}, {Name: "Type", Value: "gauge"}},
			}
			for minute := range runMinutes {
				v := float64((job*31+m*7+minute*3+int(hour.Unix()/3600))%1000) / 8
				dp.Timestamp = hour.Add(time.Duration(job%50+minute) * time.Minute).UnixMilli()
				dp.Statistics = limnograph.StatisticSet{
					Max: v, Min: v / 2, Sum: 2 * v, SampleCount: 2,
					Reported: limnograph.ReportedMax | limnograph.ReportedMin | limnograph.ReportedSum | limnograph.ReportedSampleCount,
				}
				f(&dp)
			}
		}
	}
}

// history curates the days before noon of the fixtures: a file for each day, and three for each of the last 48 hours, as
// the lake leaves them.
func (l *lake) history(days int) {
	layout := datafile.Layout(l.t, schema.Builtin()[0])
	end := noon.Truncate(time.Hour)
	start := end.Truncate(24*time.Hour).AddDate(0, 0, -days)
	l.curate("glue_metrics")
	add := func(rows []columns.Row) {
		layout.Sort(rows)
		l.tables["glue_metrics"].Snapshot.Files = append(l.tables["glue_metrics"].Snapshot.Files, l.dataFile(layout, "glue_metrics", rows))
	}
	var parts [3][]columns.Row
	interner, version := layout.NewInterner(), int64(0)
	for hour := start; hour.Before(end); hour = hour.Add(time.Hour) {
		recent := end.Sub(hour) <= 48*time.Hour
		hourOfHistory(hour, func(dp *limnograph.Datapoint) {
			version++
			part := 0
			if recent {
				part = int(version % 3)
			}
			parts[part] = append(parts[part], interner.Row(dp, version))
		})
		if dayEnds := hour.Hour() == 23 || end.Sub(hour) == 49*time.Hour; !recent && !dayEnds {
			continue
		}
		for i := range parts {
			if len(parts[i]) > 0 {
				add(parts[i])
				parts[i] = parts[i][:0]
			}
		}
		interner.Reset()
	}
}

// landHistory lands the same datapoints, one object for each hour.
func (l *lake) landHistory(days int) {
	end := noon.Truncate(time.Hour)
	for hour := end.Truncate(24*time.Hour).AddDate(0, 0, -days); hour.Before(end); hour = hour.Add(time.Hour) {
		l.seq++
		key := objectkey.Landing{Table: "glue_metrics", Sender: "default", Stream: "stream", Arrival: hour, Sequence: l.seq}.Key()
		path := filepath.Join(l.dir, filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			l.t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			l.t.Fatal(err)
		}
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed)
		hourOfHistory(hour, func(dp *limnograph.Datapoint) {
			s := dp.Statistics
			fmt.Fprintf(z, `{"metric_stream_name":"limno","account_id":"%s","region":"eu-west-1","namespace":"Glue","metric_name":"%s","dimensions":{"JobName":"%s","JobRunId":"%s","Type":"gauge"},"timestamp":%d,"value":{"max":%g,"min":%g,"sum":%g,"count":2},"unit":"None","limno_position":1}`+"\n",
				dp.AccountID, dp.MetricName, dp.Dimensions[0].Value, dp.Dimensions[1].Value, dp.Timestamp, s.Max, s.Min, s.Sum)
		})
		if err := z.Close(); err != nil {
			l.t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			l.t.Fatal(err)
		}
		t := l.tables["glue_metrics"]
		t.Files = append(t.Files, limnograph.File{Key: key})
	}
}

// boundedQueries are the four questions that must not get slower as history grows.
func boundedQueries(b *testing.B, from panel.Source) map[string]limnograph.Query {
	b.Helper()
	panels, err := panel.Builtin(from)
	if err != nil {
		b.Fatal(err)
	}
	span := func(d, length time.Duration) limnograph.TimeRange {
		return limnograph.TimeRange{From: noon.Add(-d), To: noon.Add(length - d)}
	}
	bind := func(name string, r limnograph.TimeRange, params map[string]any) limnograph.Query {
		params["from"], params["to"] = r.From, r.To
		q, err := panels[name].Query(params, r)
		if err != nil {
			b.Fatal(err)
		}
		return q
	}
	runStart := noon.Add(-50 * time.Hour)
	person := func(r limnograph.TimeRange, sql string) limnograph.Query {
		return limnograph.Query{
			SQL:    strings.ReplaceAll(sql, "SOURCE", string(from)),
			Params: map[string]any{"from": r.From, "to": r.To}, Range: r,
		}
	}
	return map[string]limnograph.Query{
		"1FleetOfDay": bind(panel.Runs, span(24*time.Hour, 24*time.Hour), map[string]any{}),
		"2JobOfWeek": person(span(7*24*time.Hour, 7*24*time.Hour), `SELECT date_trunc('hour', ts), metric_name, sum("sum"), max("max") FROM SOURCE
WHERE ts >= $from AND ts < $to AND job_name = 'orders-raw-to-staged-07' GROUP BY 1, 2`),
		"3Run": bind(panel.RunSeries, limnograph.TimeRange{From: runStart, To: runStart.Add(time.Hour)},
			map[string]any{"account": "111122223331", "job": "orders-raw-to-staged-07", "run": fmt.Sprintf("jr_%032x", runStart.Unix()*benchJobs+7)}),
		"4MetricOfHour": person(span(60*time.Hour, time.Hour), `SELECT job_name, avg("sum" / "count") FROM SOURCE
WHERE ts >= $from AND ts < $to AND metric_name = 'glue.ALL.jvm.heap.usage' GROUP BY 1`),
	}
}

// BenchmarkBounded asks the four questions of the curated table at the whole history and at a tenth of it, and of the
// raw lines of the whole history without leaving out any.
func BenchmarkBounded(b *testing.B) {
	whole, tenth, landed := newLake(b), newLake(b), newLake(b)
	whole.history(*historyDays)
	tenth.history(*historyDays / 10)
	landed.landHistory(*historyDays)
	var rows int64
	for _, f := range whole.tables["glue_metrics"].Snapshot.Files {
		rows += f.Rows
	}
	curated, raw := boundedQueries(b, panel.Curated), boundedQueries(b, panel.Flat)
	for _, name := range slices.Sorted(maps.Keys(curated)) {
		unpruned := raw[name]
		unpruned.Range = limnograph.TimeRange{}
		for _, c := range []struct {
			name string
			of   *lake
			q    limnograph.Query
		}{{"Whole", whole, curated[name]}, {"Tenth", tenth, curated[name]}, {"Raw", landed, unpruned}} {
			b.Run(name+"/"+c.name, func(b *testing.B) {
				before, n := cpuSeconds(), 0
				for b.Loop() {
					got, err := c.of.run(c.q)
					if err != nil || len(got) == 0 {
						b.Fatalf("%d rows, %v", len(got), err)
					}
					n++
				}
				b.ReportMetric((cpuSeconds()-before)/float64(n), "cpu-s/op")
				b.ReportMetric(float64(rows), "datapoints")
			})
		}
	}
}
