package duckdb_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
	"limnograph/metricstream"
	"limnograph/schema"
)

// TestViewSaysWhatCuratedRowsSay: for any datapoint the flattening view and the row of the curated table have the same
// values, texts byte for byte.
func TestViewSaysWhatCuratedRowsSay(t *testing.T) {
	l := newLake(t)
	glue := schema.Builtin()[0]
	ids := make(map[string]int)
	var names []string
	for _, c := range columns.ColumnsOf(glue) {
		ids[c.Name] = c.ID
		if c.Name != "sid" && c.Name != "version" {
			names = append(names, `"`+c.Name+`"`)
		}
	}
	layout, err := columns.NewLayout(glue, ids)
	if err != nil {
		t.Fatal(err)
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM raw_glue_metrics_flat ORDER BY ts"
	rapid.Check(t, func(t *rapid.T) {
		l.tables["glue_metrics"].Files = nil
		lines, rows := drawLanded(t, layout)
		l.landed("glue_metrics", "a", noon, strings.Join(lines, ""))
		got, err := l.run(limnograph.Query{SQL: query, Untrusted: true})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for i := range rows {
			want = append(want, rowText(valuesOf(layout, &rows[i])))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-curated +view):\n%s", diff)
		}
	})
}

// drawLanded draws statements of different times, as they are landed and as rows.
func drawLanded(t *rapid.T, layout *columns.Layout) (lines []string, rows []columns.Row) {
	interner := layout.NewInterner()
	decoder := metricstream.NewDecoder()
	for i := range rapid.IntRange(1, 10).Draw(t, "lines") {
		source, err := json.Marshal(drawSource(t, int64(i)*1000))
		if err != nil {
			t.Fatal(err)
		}
		decoder.Decode(append(source, '\n'), func(dp *limnograph.Datapoint, line []byte) {
			lines = append(lines, string(line))
			rows = append(rows, interner.Row(dp, int64(i)))
		}, func(r limnograph.Reject) { t.Fatalf("%s: %s", source, r.Detail) })
	}
	return lines, rows
}

func drawSource(t *rapid.T, ts int64) map[string]any {
	text := rapid.OneOf(rapid.SampledFrom([]string{"a", "ALL", "\x00\x1f\x7f", "\"\\/\b\f\n\r\t", "é😀\u2028\uffff", "0:x,", "<&>", "~1"}), rapid.StringN(1, 20, -1))
	number := rapid.OneOf(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1e-6, 1e-7, 1e21, 1e20, 5e-324, math.MaxFloat64, 0.1, 1 << 53}), rapid.Float64(), rapid.Map(rapid.Int64(), func(i int64) float64 { return float64(i) }))
	source := map[string]any{
		"metric_name": rapid.SampledFrom([]string{"glue.12.x", "glue.driver.x", "glue..x", "x", "glue.ALL.\n"}).Draw(t, "metric"), "timestamp": ts,
	}
	for _, name := range []string{"account_id", "region", "namespace", "unit", "metric_stream_name"} {
		if rapid.Bool().Draw(t, "has "+name) {
			source[name] = text.Draw(t, name)
		}
	}
	dimensions := make(map[string]string)
	for _, name := range rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom([]string{"JobName", "JobRunId", "Type", "Source", "Sink", "a/b~c"}), text), 0, 5, rapid.ID[string]).Draw(t, "dimensions") {
		dimensions[name] = rapid.OneOf(rapid.Just(""), text).Draw(t, "value")
	}
	source["dimensions"] = dimensions
	value := make(map[string]float64)
	for _, name := range rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom([]string{"max", "min", "sum", "count", "p99", "TM(25%:75%)"}), text), 1, 7, rapid.ID[string]).Draw(t, "statistics") {
		value[name] = number.Draw(t, "number")
	}
	source["value"] = value
	return source
}

// valuesOf are the values of a row in the order of the view's columns.
func valuesOf(layout *columns.Layout, r *columns.Row) (values []any) {
	s := r.Series
	given := func(v any, ok bool) any {
		if !ok {
			return nil
		}
		return v
	}
	for _, c := range layout.Columns() {
		if i := slices.Index(layout.Texts(), c.Name); i >= 0 {
			values = append(values, given(s.Texts[i].Value, s.Texts[i].Valid))
			continue
		}
		switch c.Name {
		case "ts":
			values = append(values, time.UnixMilli(r.TS).UTC())
		case "account_id":
			values = append(values, given(s.AccountID, s.AccountID != ""))
		case "region":
			values = append(values, given(s.Region, s.Region != ""))
		case "namespace":
			values = append(values, given(s.Namespace, s.Namespace != ""))
		case "metric_name":
			values = append(values, s.MetricName)
		case "is_total":
			values = append(values, s.IsTotal)
		case "dimensions":
			values = append(values, s.Dimensions)
		case "max":
			values = append(values, given(r.Max, r.Reported&limnograph.ReportedMax != 0))
		case "min":
			values = append(values, given(r.Min, r.Reported&limnograph.ReportedMin != 0))
		case "sum":
			values = append(values, given(r.Sum, r.Reported&limnograph.ReportedSum != 0))
		case "count":
			values = append(values, given(r.Count, r.Reported&limnograph.ReportedSampleCount != 0))
		case "stats":
			values = append(values, given(r.Stats, r.Stats != ""))
		case "unit":
			values = append(values, s.Unit)
		}
	}
	return values
}
