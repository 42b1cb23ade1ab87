package cloudformation_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// evaluate reads a formula as a person does: numbers with commas, + x / ( ) and min, max, ceil; other words say what is
// counted.
func evaluate(t *rapid.T, formula string) float64 {
	tokens := regexp.MustCompile(`min\(|max\(|ceil\(|[0-9][0-9,]*(?:\.[0-9]+)?|\bx\b|[+/()]|, `).FindAllString(formula, -1)
	r := &reader{tokens: tokens}
	value := r.sum()
	if len(r.tokens) > 0 {
		t.Fatalf("%s: %q is left over", formula, r.tokens)
	}
	return value
}

type reader struct{ tokens []string }

func (r *reader) next(wanted ...string) string {
	for len(r.tokens) > 0 && r.tokens[0] == ", " && !contains(wanted, ", ") {
		r.tokens = r.tokens[1:] // a comma between words
	}
	if len(r.tokens) == 0 || !contains(wanted, r.tokens[0]) {
		return ""
	}
	token := r.tokens[0]
	r.tokens = r.tokens[1:]
	return token
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func (r *reader) sum() float64 {
	value := r.product()
	for r.next("+") != "" {
		value += r.product()
	}
	return value
}

func (r *reader) product() float64 {
	value := r.atom()
	for {
		switch r.next("x", "/") {
		case "x":
			value *= r.atom()
		case "/":
			value /= r.atom()
		default:
			return value
		}
	}
}

func (r *reader) atom() float64 {
	switch r.next("(", "min(", "max(", "ceil(") {
	case "(":
		return r.closed(r.sum())
	case "ceil(":
		return r.closed(math.Ceil(r.sum()))
	case "min(":
		a, b := r.two()
		return math.Min(a, b)
	case "max(":
		a, b := r.two()
		return math.Max(a, b)
	}
	token := r.tokens[0]
	r.tokens = r.tokens[1:]
	value, err := strconv.ParseFloat(strings.ReplaceAll(token, ",", ""), 64)
	if err != nil {
		return math.NaN()
	}
	return value
}

func (r *reader) two() (a, b float64) {
	a = r.sum()
	r.next(", ")
	b = r.sum()
	return a, r.closed(b)
}

func (r *reader) closed(value float64) float64 {
	r.next(")")
	return value
}
