package cloudformation

import (
	"math"
	"strconv"
	"strings"
)

// term is a number together with the arithmetic that gives it, so that what is printed is what was computed.
type term struct {
	value float64
	text  string
	sum   bool // needs parentheses as a factor
}

// num is a plain number and what it counts. The words hold no digits, so that the arithmetic can be read back.
func num(value float64, what string) term {
	return term{value: printed(value), text: strings.TrimSpace(Figure(value) + " " + what)}
}

func (t term) factor() string {
	if t.sum {
		return "(" + t.text + ")"
	}
	return t.text
}

func add(terms ...term) term {
	total := term{sum: true}
	var texts []string
	for _, t := range terms {
		total.value += t.value
		texts = append(texts, t.text)
	}
	total.text = strings.Join(texts, " + ")
	return total
}

func mul(terms ...term) term {
	product := term{value: 1}
	var texts []string
	for _, t := range terms {
		product.value *= t.value
		texts = append(texts, t.factor())
	}
	product.text = strings.Join(texts, " x ")
	return product
}

func (t term) over(divisor term) term {
	return term{value: t.value / divisor.value, text: t.factor() + " / " + divisor.factor()}
}

func atMost(a, b term) term {
	return term{value: math.Min(a.value, b.value), text: "min(" + a.text + ", " + b.text + ")"}
}

func atLeast(a, b term) term {
	return term{value: math.Max(a.value, b.value), text: "max(" + a.text + ", " + b.text + ")"}
}

func ceil(a term) term { return term{value: math.Ceil(a.value), text: "ceil(" + a.text + ")"} }

// printed is the value that Figure shows: what is computed further begins with what the reader sees.
func printed(v float64) float64 {
	if math.Abs(v) >= 1000 {
		return math.Round(v)
	}
	return math.Round(v*1000) / 1000
}

// Figure writes a number as a bill shows it: commas between thousands, whole from 1,000 on, else at most three digits after
// the point.
func Figure(v float64) string {
	whole, fraction, point := strings.Cut(strconv.FormatFloat(printed(v), 'f', -1, 64), ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if point {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// number writes a figure as it is, without exponent or needless digits.
func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
