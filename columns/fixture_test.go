package columns_test

import (
	"slices"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/metricstream"
	"limnograph/schema"
	"limnograph/simulator"
)

// glue is the built-in schema of the Glue namespace.
func glue(tb testing.TB) limnograph.Schema {
	tb.Helper()
	for _, s := range schema.Builtin() {
		if s.Table == "glue_metrics" {
			return s
		}
	}
	tb.Fatal("no schema of Glue")
	return limnograph.Schema{}
}

func idsOf(s limnograph.Schema) map[string]int {
	ids := make(map[string]int)
	for _, c := range columns.ColumnsOf(s) {
		ids[c.Name] = c.ID
	}
	return ids
}

func newLayout(tb testing.TB, s limnograph.Schema) *columns.Layout {
	tb.Helper()
	l, err := columns.NewLayout(s, idsOf(s))
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// statement is a datapoint and its position.
type statement struct {
	dp      limnograph.Datapoint
	version int64
}

// fleetStatements are the datapoints of the demonstration fleet in an interval, in the order of landing: one batch a minute.
func fleetStatements(tb testing.TB, d time.Duration) []statement {
	tb.Helper()
	fleet, err := simulator.NewFleet(simulator.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	var all []statement
	var sequence, line int64
	from := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	decoder := metricstream.NewDecoder()
	for minute := range int(d / time.Minute) {
		sequence, line = sequence+3, 0
		start := from.Add(time.Duration(minute) * time.Minute)
		for raw := range fleet.Generator().Lines(limnograph.TimeRange{From: start, To: start.Add(time.Minute)}) {
			decoder.Decode(raw, func(dp *limnograph.Datapoint, _ []byte) {
				all = append(all, statement{keep(dp), sequence<<24 + line})
				line++
			}, func(r limnograph.Reject) { tb.Fatal(r) })
		}
	}
	return all
}

// keep copies what the decoder will use again.
func keep(dp *limnograph.Datapoint) limnograph.Datapoint {
	kept := *dp
	kept.Dimensions = slices.Clone(dp.Dimensions)
	kept.Statistics.Extra = slices.Clone(dp.Statistics.Extra)
	return kept
}

func rowsOf(l *columns.Layout, statements []statement) []columns.Row {
	interner := l.NewInterner()
	rows := make([]columns.Row, len(statements))
	for i := range statements {
		rows[i] = interner.Row(&statements[i].dp, statements[i].version)
	}
	return rows
}

// datapoint has every field, two statistics beyond the basic four, and its dimensions out of order.
func datapoint() limnograph.Datapoint {
	return limnograph.Datapoint{
		AccountID: "111122223333", Region: "eu-west-1", Namespace: "Glue", MetricName: "glue.12.system.cpuSystemLoad", Unit: "Percent",
		Dimensions: []limnograph.Dimension{{Name: "Type", Value: "gauge"}, {Name: "JobRunId", Value: "ALL"}, {Name: "JobName", Value: "load"}},
		Timestamp:  1763962320000,
		Statistics: limnograph.StatisticSet{
			Max: 3, Min: 1, Sum: 4, SampleCount: 2,
			Reported: limnograph.ReportedMax | limnograph.ReportedMin | limnograph.ReportedSum | limnograph.ReportedSampleCount,
			Extra:    []limnograph.Statistic{{Name: "p99.9", Value: 2.5}, {Name: "TM(25%:75%)", Value: 2}},
		},
	}
}
