package columns_test

import (
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limnograph"
	"limnograph/columns"
)

func TestRow(t *testing.T) {
	text := func(s string) columns.NullText { return columns.NullText{Value: s, Valid: true} }
	tests := map[string]struct {
		change func(dp *limnograph.Datapoint)
		want   func(r *columns.Row)
	}{
		"OK": {func(*limnograph.Datapoint) {}, func(*columns.Row) {}},
		"NoTotal": {
			func(dp *limnograph.Datapoint) { dp.Dimensions[1].Value = "jr_1" },
			func(r *columns.Row) {
				r.Series.IsTotal, r.Series.Texts[1] = false, text("jr_1")
				r.Series.Dimensions = `{"JobName":"load","JobRunId":"jr_1","Type":"gauge"}`
			},
		},
		"Dimensionless": {
			func(dp *limnograph.Datapoint) { dp.Dimensions = nil },
			func(r *columns.Row) {
				r.Series.IsTotal, r.Series.Dimensions = false, "{}"
				r.Series.Texts[0], r.Series.Texts[1], r.Series.Texts[2] = columns.NullText{}, columns.NullText{}, columns.NullText{}
			},
		},
		"EmptyDimensionIsNoNull": {
			func(dp *limnograph.Datapoint) { dp.Dimensions = []limnograph.Dimension{{Name: "JobName"}} },
			func(r *columns.Row) {
				r.Series.IsTotal, r.Series.Dimensions = false, `{"JobName":""}`
				r.Series.Texts[0], r.Series.Texts[1], r.Series.Texts[2] = text(""), columns.NullText{}, columns.NullText{}
			},
		},
		"NoExtract": {
			func(dp *limnograph.Datapoint) { dp.MetricName = "glue.succeed.ALL" },
			func(r *columns.Row) { r.Series.MetricName, r.Series.Texts[6] = "glue.succeed.ALL", columns.NullText{} },
		},
		"NotReportedIsNoNumber": {
			func(dp *limnograph.Datapoint) { dp.Statistics.Reported = limnograph.ReportedSum },
			func(r *columns.Row) { r.Reported, r.Max, r.Min, r.Count = limnograph.ReportedSum, 0, 0, 0 },
		},
		"NoFurtherStatistics": {
			func(dp *limnograph.Datapoint) { dp.Statistics.Extra = nil },
			func(r *columns.Row) { r.Stats, r.Extra = "", 0 },
		},
		"NoUnit": {
			func(dp *limnograph.Datapoint) { dp.Unit = "" },
			func(r *columns.Row) { r.Series.Unit = "None" },
		},
		"OnlyAMetric": {
			func(dp *limnograph.Datapoint) { dp.AccountID, dp.Region, dp.Namespace = "", "", "" },
			func(r *columns.Row) { r.Series.AccountID, r.Series.Region, r.Series.Namespace = "", "", "" },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dp := datapoint()
			tt.change(&dp)
			want := columns.Row{
				Series: &columns.Series{
					SID: columns.SID(&dp), AccountID: "111122223333", Region: "eu-west-1", Namespace: "Glue", MetricName: "glue.12.system.cpuSystemLoad",
					Texts:   []columns.NullText{text("load"), text("ALL"), text("gauge"), {}, {}, {}, text("12")},
					IsTotal: true, Dimensions: `{"JobName":"load","JobRunId":"ALL","Type":"gauge"}`, Unit: "Percent",
				},
				TS: 1763962320000, Max: 3, Min: 1, Sum: 4, Count: 2, Reported: dp.Statistics.Reported,
				Stats: `{"TM(25%:75%)":2.0,"p99.9":2.5}`, Extra: 2, Version: 7,
			}
			tt.want(&want)
			got := newLayout(t, glue(t)).NewInterner().Row(&dp, 7)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(columns.Series{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneSeriesForOneSID(t *testing.T) {
	i := newLayout(t, glue(t)).NewInterner()
	dp := datapoint()
	first := i.Row(&dp, 1)
	dp.Dimensions[0], dp.Dimensions[1] = dp.Dimensions[1], dp.Dimensions[0]
	dp.Timestamp++
	if second := i.Row(&dp, 2); second.Series != first.Series || i.Len() != 1 {
		t.Error("two series for one sid")
	}
	dp.Unit = "Bytes"
	if third := i.Row(&dp, 3); third.Series == first.Series || i.Len() != 2 {
		t.Error("one series for two units")
	}
	i.Reset()
	if i.Len() != 0 {
		t.Errorf("%d series after Reset", i.Len())
	}
}

// TestRowOwnsItsMemory overwrites what the datapoint shares with a decoder after the row was made.
func TestRowOwnsItsMemory(t *testing.T) {
	l := newLayout(t, glue(t))
	dp := datapoint()
	untouched := l.NewInterner().Row(&dp, 1)
	want := say(&untouched)

	borrowed := datapoint()
	memories := borrowAll(&borrowed)
	row := l.NewInterner().Row(&borrowed, 1)
	for _, m := range memories {
		clear(m)
	}
	clear(borrowed.Dimensions)
	clear(borrowed.Statistics.Extra)
	if diff := cmp.Diff(want, say(&row)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// borrowAll makes every text of the datapoint one that lies in memory which can be changed.
func borrowAll(dp *limnograph.Datapoint) (memories [][]byte) {
	borrow := func(s *string) {
		memory := []byte(*s)
		memories = append(memories, memory)
		*s = unsafe.String(unsafe.SliceData(memory), len(memory))
	}
	for _, s := range []*string{&dp.AccountID, &dp.Region, &dp.Namespace, &dp.MetricName, &dp.Unit} {
		borrow(s)
	}
	for i := range dp.Dimensions {
		borrow(&dp.Dimensions[i].Name)
		borrow(&dp.Dimensions[i].Value)
	}
	for i := range dp.Statistics.Extra {
		borrow(&dp.Statistics.Extra[i].Name)
	}
	return memories
}
