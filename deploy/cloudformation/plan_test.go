package cloudformation_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/deploy/cloudformation"
)

func planOf(t testing.TB, f cloudformation.Fleet) cloudformation.Preview {
	t.Helper()
	p, err := cloudformation.Plan(cloudformation.Options{Streams: []cloudformation.Stream{glueStream(t)}}, f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlanOfDefaultFleet(t *testing.T) {
	p := planOf(t, cloudformation.Fleet{Observability: true})
	var b strings.Builder
	for _, r := range p.Resources {
		fmt.Fprintf(&b, "%s %s kept=%v when=%s: %s\n", r.ID, r.Type, r.Kept, r.When, r.Purpose)
	}
	for _, sentence := range p.InWords() {
		fmt.Fprintln(&b, sentence)
	}
	for _, q := range p.Bill.Quantities {
		fmt.Fprintf(&b, "%s: %s %s = %s\n", q.Name, cloudformation.Figure(q.Value), q.Unit, q.Formula)
	}
	for _, c := range append(p.Bill.Charges, p.Bill.Beside...) {
		fmt.Fprintf(&b, "%s: %s = %s (%s, %s)\n", c.Name, cloudformation.Dollars(c.Cents), c.Formula, c.Price.Source, c.Price.Read)
	}
	fmt.Fprintf(&b, "sum: %s\n", cloudformation.Dollars(p.Bill.Cents))
	for _, c := range p.Bill.Choice {
		fmt.Fprintf(&b, "by choice, %s: %s = %s\n", c.Name, cloudformation.Dollars(c.Cents), c.Formula)
	}
	golden(t, "plan.txt", b.String())
}

// Every resource says what it is there for.
func TestEveryResourceHasAPurpose(t *testing.T) {
	for _, r := range planOf(t, cloudformation.Fleet{}).Resources {
		if len(strings.Fields(r.Purpose)) < 3 {
			t.Errorf("%s: %q", r.ID, r.Purpose)
		}
	}
}

// The published figures of one 10-DPU job that runs all the time: 67 series, 8,040 updates an hour when the whole namespace is
// streamed, and of one with 99 executors 517.
func TestFiguresOfOneJob(t *testing.T) {
	for executors, want := range map[int]struct{ series, updates float64 }{9: {67, 8040}, 99: {517, 62040}} {
		p, err := cloudformation.Plan(cloudformation.Options{Streams: []cloudformation.Stream{{Schema: glueStream(t).Schema}}},
			cloudformation.Fleet{Jobs: 1, RunsPerDay: 1, MinutesPerRun: 60 * 24, Executors: executors})
		if err != nil {
			t.Fatal(err)
		}
		series, updates := quantity(t, p.Bill, "streamed series of a run"), quantity(t, p.Bill, "datapoints")/730
		if series != want.series || math.Abs(updates-want.updates) > 1 {
			t.Errorf("%d executors: %v series, %v updates an hour; want %+v", executors, series, updates, want)
		}
	}
}

func quantity(t testing.TB, b cloudformation.Bill, name string) float64 {
	t.Helper()
	for _, q := range b.Quantities {
		if q.Name == name {
			return q.Value
		}
	}
	t.Fatalf("no figure is called %q", name)
	return 0
}

// For any fleet: each formula, read as arithmetic, gives the figure that stands beside it; the sum is the sum of the lines to
// the cent; more jobs never cost less.
func TestBillIsItsArithmetic(t *testing.T) {
	streams := []cloudformation.Stream{glueStream(t)}
	rapid.Check(t, func(t *rapid.T) {
		o := cloudformation.Options{Streams: streams, WithoutMetricStream: rapid.Bool().Draw(t, "without")}
		f := drawFleet(t)
		p, err := cloudformation.Plan(o, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range p.Bill.Quantities {
			if got := evaluate(t, q.Formula); !near(cloudformation.Figure(got), q.Value, got) {
				t.Fatalf("%s: %s gives %v, not %v", q.Name, q.Formula, got, q.Value)
			}
		}
		var sum int64
		for _, c := range slices.Concat(p.Bill.Charges, p.Bill.Choice) {
			if got := evaluate(t, c.Formula) * 100; math.Abs(got-float64(c.Cents)) > 0.5+1e-6*math.Abs(got) {
				t.Fatalf("%s: %s gives %v cents, not %d", c.Name, c.Formula, got, c.Cents)
			}
		}
		for _, c := range p.Bill.Charges {
			sum += c.Cents
		}
		if sum != p.Bill.Cents {
			t.Fatalf("the lines add up to %d cents, the sum says %d", sum, p.Bill.Cents)
		}
		f.Jobs++
		more, err := cloudformation.Plan(o, f)
		if err != nil || more.Bill.Cents < p.Bill.Cents {
			t.Fatalf("one job more costs %d cents instead of %d (%v)", more.Bill.Cents, p.Bill.Cents, err)
		}
	})
}

// near compares what is printed; where rounding is on the edge, the numbers.
func near(text string, want, got float64) bool {
	return text == cloudformation.Figure(want) || math.Abs(got-want) <= 1e-9*math.Abs(want)+0.0011*min(1, math.Abs(want)) || math.Abs(got-want) <= 1 && math.Abs(want) >= 1000
}

func drawFleet(t *rapid.T) cloudformation.Fleet {
	return cloudformation.Fleet{
		Jobs: rapid.IntRange(1, 5000).Draw(t, "jobs"), RunsPerDay: float64(rapid.IntRange(1, 2000).Draw(t, "runs")) / 10,
		MinutesPerRun: float64(rapid.IntRange(1, 3000).Draw(t, "minutes")) / 2, Executors: rapid.IntRange(1, 300).Draw(t, "executors"),
		Observability: rapid.Bool().Draw(t, "observability"), Locations: rapid.IntRange(1, 20).Draw(t, "locations"),
		Accounts: rapid.IntRange(1, 50).Draw(t, "accounts"), KeptMonths: float64(rapid.IntRange(1, 84).Draw(t, "months")),
		Publish:       rapid.SliceOfNDistinct(rapid.SampledFrom(cloudformation.Kinds()), 0, 6, rapid.ID).Draw(t, "publish"),
		QueriesPerDay: float64(rapid.IntRange(1, 10000).Draw(t, "queries")), DaysPerQuery: float64(rapid.IntRange(1, 90).Draw(t, "days")),
	}
}

func TestPlanRefusesImpossibleFleets(t *testing.T) {
	for name, f := range map[string]cloudformation.Fleet{
		"negative":     {Jobs: -1},
		"no number":    {RunsPerDay: math.NaN()},
		"infinite":     {MinutesPerRun: math.Inf(1)},
		"out of scale": {Jobs: 1e9},
	} {
		if _, err := cloudformation.Plan(cloudformation.Options{}, f); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run has two metrics unless more are chosen, each for one hour; what is chosen moves from the choice into the sum.
func TestMetricsOfRunsArePriced(t *testing.T) {
	price := func(publish ...string) (months float64, choice int) {
		bill := planOf(t, cloudformation.Fleet{Jobs: 100, RunsPerDay: 24, Publish: publish}).Bill
		for _, q := range bill.Quantities {
			if q.Name == "metrics of job runs" {
				months = q.Value
			}
		}
		return months, len(bill.Choice)
	}
	const runs = 100 * 24 * 730 / 24
	for name, c := range map[string]struct {
		publish []string
		months  float64
		choice  int
	}{
		"default":    {nil, 2 * runs / 730.0, 4},
		"none":       {[]string{"none"}, 0, 6},
		"everything": {cloudformation.Kinds(), 7 * runs / 730.0, 0},
	} {
		if months, choice := price(c.publish...); math.Abs(months-c.months) > 1 || choice != c.choice {
			t.Errorf("%s: %v metric-months and %d further ones, want %v and %d", name, months, choice, c.months, c.choice)
		}
	}
	_, err := cloudformation.Plan(cloudformation.Options{}, cloudformation.Fleet{Publish: []string{"colour"}})
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), "colour") {
		t.Errorf("%v", err)
	}
}

func TestPricesAreRefusedInWords(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML": "{", "a price lacks": "region: x\nprices: []\n", "another shape": "- 1\n",
	} {
		if _, err := cloudformation.ParsePrices([]byte(text)); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every price says where and when it was read.
func TestPricesHaveTheirSource(t *testing.T) {
	bill := planOf(t, cloudformation.Fleet{}).Bill
	for _, c := range append(bill.Charges, bill.Beside...) {
		if p := c.Price; p.Source == "" || len(p.Read) != len("2026-09") {
			t.Errorf("%+v", p)
		}
	}
}
