package metricstream_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"limnograph"
	"limnograph/metricstream"
)

// TestNumbersAreThoseOfStrconv reads numbers in many spellings and compares each, bit for bit.
func TestNumbersAreThoseOfStrconv(t *testing.T) {
	d := metricstream.NewDecoder()
	random := rand.New(rand.NewPCG(3, 4))
	for range 50_000 {
		requireNumbers(t, d, randomNumber(random), randomNumber(random))
	}
	for _, n := range []string{
		"0", "-0", "0.0", "-0.0", "0e5", "1e22", "1e23", "9007199254740993", "9007199254740993.0", "9007199254740992.5",
		"0.1000000000000000055511151231257827", "123456789012345", "1234567890123456", "-123456789012345", "1.7976931348623157E308",
		"4.9E-324", "2.2250738585072011e-308", "1e-400", "18446744073709551615.5", "0.18446744073709551615", "0.30000000000000004",
		"0.9007199254740993", "9.007199254740993", "900719925474099.3", "1E+5", "1e05", "0.0000000000000000000001",
	} {
		requireNumbers(t, d, n, "-1.5")
	}
}

func randomNumber(r *rand.Rand) string {
	v := math.Float64frombits(r.Uint64())
	switch r.IntN(6) {
	case 0:
		v = r.Float64()
	case 1:
		v = r.NormFloat64() * 1e6
	case 2: // digits that lie close to the middle between two floats
		return fmt.Sprintf("%d.%0*d", r.Uint64N(1<<54), 1+r.IntN(6), r.IntN(10))
	case 3:
		return fmt.Sprintf("0.%d", r.Uint64())
	case 4:
		return fmt.Sprintf("%d.%dE%d", 1+r.IntN(9), r.Uint64N(1e16), r.IntN(44)-22)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 1
	}
	return strconv.FormatFloat(v, "efg"[r.IntN(3)], -1, 64)
}

func requireNumbers(t *testing.T, d *metricstream.Decoder, a, b string) {
	t.Helper()
	data := fmt.Sprintf(`{"metric_name":"m","dimensions":{},"timestamp":1,"value":{"max":%s,"p99":%s}}`+"\n", a, b)
	d.Decode([]byte(data), func(dp *limnograph.Datapoint, line []byte) {
		requireBits(t, a, dp.Statistics.Max)
		requireBits(t, b, dp.Statistics.Extra[0].Value)
		requireSameNumbers(t, dp, string(line))
	}, func(r limnograph.Reject) { t.Fatalf("reject %+v", r) })
}

func requireBits(t *testing.T, number string, got float64) {
	t.Helper()
	want, err := strconv.ParseFloat(number, 64)
	if err != nil {
		t.Fatal(err)
	}
	if math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%s gave %b, want %b", number, got, want)
	}
}

// requireSameNumbers checks the numbers as they stand in the line.
func requireSameNumbers(t *testing.T, dp *limnograph.Datapoint, line string) {
	t.Helper()
	_, pieces := oracleObject([]byte(line))
	requireBits(t, strconv.FormatFloat(pieces.Statistics.Max, 'g', -1, 64), dp.Statistics.Max)
	requireBits(t, strconv.FormatFloat(pieces.Statistics.Extra[0].Value, 'g', -1, 64), dp.Statistics.Extra[0].Value)
}
