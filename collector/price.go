package collector

import (
	"fmt"
	"strconv"
)

// Prices of custom metrics, in US dollars. CloudWatch counts a metric for each combination of name and dimensions.
type Prices struct {
	Tiers    []Tier  // by number of metrics, the first ones first
	PerCalls float64 // of 1,000 calls of PutMetricData
}

// Tier is the price of metrics of one month up to a number of them.
type Tier struct {
	UpTo  int64 // metrics, those of the tiers before included; 0: any number
	Price float64
}

// ListPrices returns the list prices of us-east-1.
func ListPrices() Prices {
	return Prices{Tiers: []Tier{{10_000, 0.30}, {250_000, 0.10}, {1_000_000, 0.05}, {0, 0.02}}, PerCalls: 0.01}
}

// Bill is what custom metrics cost in a month.
type Bill struct {
	Metrics int64   // one for each run and kind
	Most    float64 // when each is charged for the whole month
	Least   float64 // when each is charged for the one hour that it has a value in, with its calls
	Text    string  // both, in words
}

const hoursOfMonth = 730

// MonthlyPrice returns what the kinds cost for a number of ended runs a month.
func MonthlyPrice(runs int64, kinds []Kind, p Prices) Bill {
	metrics := runs * int64(len(kinds))
	b := Bill{Metrics: metrics, Most: p.of(float64(metrics))}
	b.Least = p.of(float64(metrics)/hoursOfMonth) + float64(runs)/1000*p.PerCalls
	b.Text = fmt.Sprintf("%s metrics/month%s = $%.2f at most; $%.2f where CloudWatch charges a metric only for the hours that it has values in",
		grouped(metrics), p.sum(metrics), b.Most, b.Least)
	return b
}

func (p Prices) of(metrics float64) (price float64) {
	before := 0.0
	for _, t := range p.Tiers {
		end := metrics
		if t.UpTo > 0 {
			end = min(end, float64(t.UpTo))
		}
		price += max(0, end-before) * t.Price
		before = end
	}
	return price
}

// sum tells how the metrics fall into the tiers.
func (p Prices) sum(metrics int64) (text string) {
	var before int64
	for _, t := range p.Tiers {
		end := metrics
		if t.UpTo > 0 {
			end = min(end, t.UpTo)
		}
		switch {
		case end <= before:
		case text == "" && end == metrics:
			return fmt.Sprintf(" x $%.2f", t.Price)
		case text == "":
			text = fmt.Sprintf(": %s x $%.2f", grouped(end), t.Price)
		default:
			text += fmt.Sprintf(" + %s x $%.2f", grouped(end-before), t.Price)
		}
		before = max(before, end)
	}
	return text
}

// grouped writes a number with commas.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
