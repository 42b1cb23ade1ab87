package cloudformation

import (
	"fmt"
	"math"
)

// Quantity is a figure that charges are computed from.
type Quantity struct {
	Name    string
	Value   float64 // as it is printed: whole from 1,000 on, else rounded to three digits after the point
	Unit    string
	Formula string // the arithmetic that gives it: numbers, words, + x / and min, max, ceil
}

// Charge is one line of the bill.
type Charge struct {
	Name    string
	Cents   int64  // a month, rounded
	Formula string // the arithmetic that gives it, in dollars
	Price   Price
}

// Bill is what a month costs, all accounts together. Free tiers are not taken off: other work in the account may have used
// them up.
type Bill struct {
	Quantities []Quantity
	Charges    []Charge
	Cents      int64    // the sum of the charges
	Choice     []Charge // what the metrics of runs that are not published would cost; not in the sum
	Beside     []Charge // what AWS charges for the jobs' metrics with or without this stack; not in the sum
	Region     string   // of the prices
}

// Dollars writes cents as money: $1,234.50.
func Dollars(cents int64) string {
	return fmt.Sprintf("$%s.%02d", Figure(float64(cents/100)), cents%100)
}

// ledger collects quantities and charges.
type ledger struct {
	prices Prices
	bill   Bill
}

// note writes down a quantity and returns it as a plain number.
func (l *ledger) note(name, unit string, t term) term {
	l.bill.Quantities = append(l.bill.Quantities, Quantity{Name: name, Value: printed(t.value), Unit: unit, Formula: t.text})
	return num(t.value, unit)
}

// charge adds a line to the bill: an amount times its price.
func (l *ledger) charge(name, price string, amount term) {
	c := l.priced(name, price, amount)
	l.bill.Charges = append(l.bill.Charges, c)
	l.bill.Cents += c.Cents
}

func (l *ledger) priced(name, id string, amount term) Charge {
	p, _ := l.prices.find(id) // ParsePrices has seen to it that there is one
	return Charge{
		Name: name, Price: p, Formula: amount.factor() + " x " + p.text(),
		Cents: int64(math.Round(amount.value * p.USD / p.Per * 100)),
	}
}
