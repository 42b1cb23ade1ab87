package columns_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
)

// TestNumbers spells numbers as DuckDB's to_json does.
func TestNumbers(t *testing.T) {
	tests := map[string]float64{
		"0.0": 0, "-0.0": math.Copysign(0, -1), "1.0": 1, "-1.5": -1.5, "0.1": 0.1, "100000.0": 1e5, "123456.789": 123456.789,
		"1000000000000000.0": 1e15, "9007199254740992.0": 1 << 53, "123456789012345680.0": 123456789012345678,
		"100000000000000000000.0": 1e20, "1e21": 1e21, "1.5e21": 1.5e21, "1e100": 1e100, "-1e100": -1e100, "1.7976931348623157e308": math.MaxFloat64,
		"0.00001": 1e-5, "0.000025": 2.5e-5, "0.000001": 1e-6, "1e-7": 1e-7, "1.5e-7": 1.5e-7, "1.234e-10": 1.234e-10, "5e-324": 5e-324,
		"null": math.NaN(),
	}
	for want, v := range tests {
		if got := stats(t, limnograph.Statistic{Name: "p99", Value: v}); got != `{"p99":`+want+`}` {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}

func stats(tb rapid.TB, all ...limnograph.Statistic) string {
	tb.Helper()
	dp := datapoint()
	dp.Statistics.Extra = all
	l, err := columns.NewLayout(limnograph.Schema{}, idsOf(limnograph.Schema{}))
	if err != nil {
		tb.Fatal(err)
	}
	row := l.NewInterner().Row(&dp, 0)
	return row.Stats
}

func TestNumbersReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "v")
		text := strings.TrimSuffix(strings.TrimPrefix(stats(t, limnograph.Statistic{Name: "p99", Value: v}), `{"p99":`), "}")
		got, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Float64bits(got) != math.Float64bits(v) {
			t.Fatalf("%v is written %s and read as %v (%v)", v, text, got, err)
		}
		if !strings.ContainsAny(text, ".e") {
			t.Fatalf("%s would be read as an integer", text)
		}
	})
}

func TestTexts(t *testing.T) {
	tests := map[string]string{ // value of a dimension: as it stands in the text
		"": "", "plain/é😀\u2028\x7f": "plain/é😀\u2028\x7f", `a"b\c`: `a\"b\\c`, "\b\t\n\f\r": `\b\t\n\f\r`, "\x00\x01\x0b\x1f": `\u0000\u0001\u000B\u001F`, "<&>'": "<&>'",
	}
	l := newLayout(t, limnograph.Schema{})
	for value, want := range tests {
		dp := limnograph.Datapoint{MetricName: "m", Dimensions: []limnograph.Dimension{{Name: "b", Value: value}, {Name: value + "a", Value: ""}}}
		row := l.NewInterner().Row(&dp, 0)
		first, second := `"b":"`+want+`"`, `"`+want+`a":""`
		if value+"a" < "b" {
			first, second = second, first
		}
		if diff := cmp.Diff("{"+first+","+second+"}", row.Series.Dimensions); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}
