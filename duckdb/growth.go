package duckdb

import (
	"fmt"
	"strings"
)

// sizer estimates the largest value of a statement.
type sizer struct {
	growing map[string]growth
	err     error // the first call that is too much
}

// scope is what a name may stand for.
type scope struct {
	column  float64            // the largest column of the sources in sight
	ctes    map[string]float64 // the largest column of each, by lower-case name
	aliases map[string]float64 // earlier columns of the same SELECT, which it may read
	params  map[string]float64 // of lambdas: an element of the list whose size is counted already
}

// checkGrowth returns CodeForbidden when a value of the statement may grow too large, or nil.
func checkGrowth(s *statement) error {
	z := &sizer{growing: growing()}
	z.size(s.tree, scope{column: 1})
	return z.err
}

func (z *sizer) size(node any, sc scope) float64 {
	switch n := node.(type) {
	case []any:
		var sum float64
		for _, child := range n {
			sum += z.size(child, sc)
		}
		return sum
	case map[string]any:
		if _, ok := n["cte_map"]; ok && n["class"] == nil {
			return z.query(n, sc)
		}
		if _, ok := n["function_name"].(string); ok {
			return z.call(n, sc)
		}
		return z.expression(n, sc)
	}
	return 0
}

func (z *sizer) expression(n map[string]any, sc scope) float64 {
	switch member(n, "class") {
	case "CONSTANT":
		text, _ := constantText(n)
		return float64(1+len(text)) / columnBytes
	case "COLUMN_REF":
		return sc.lookup(n)
	case "STAR", "POSITIONAL_REFERENCE", "LAMBDA_REF":
		return max(sc.column, z.children(n, sc)) // a star may replace columns
	case "COMPARISON", "CONJUNCTION", "BETWEEN":
		z.children(n, sc)
		return 1
	}
	return z.children(n, sc)
}

func (z *sizer) children(n map[string]any, sc scope) float64 {
	var sum float64
	for _, child := range n {
		sum += z.size(child, sc)
	}
	return sum
}

// lookup takes the largest of what a reference may mean. A qualified name, or a member of a struct, may begin with any.
func (sc scope) lookup(n map[string]any) float64 {
	names, _ := n["column_names"].([]any)
	if len(names) == 0 {
		return sc.column
	}
	first, _ := names[0].(string)
	first = strings.ToLower(first)
	if size, ok := sc.params[first]; ok {
		return size
	}
	size := sc.column
	for _, name := range names {
		text, _ := name.(string)
		size = max(size, sc.aliases[strings.ToLower(text)])
	}
	return size
}

// call estimates a function's result, and refuses it when it is too large.
func (z *sizer) call(n map[string]any, sc scope) float64 {
	name := strings.ToLower(member(n, "function_name"))
	args, _ := n["children"].([]any)
	size := z.result(z.growing[name], args, sc)
	if member(n, "class") == "WINDOW" && z.growing[name] == aggregate {
		size *= aggregated // each row has a list of all of them
	}
	for key, child := range n {
		if key != "children" {
			z.size(child, sc)
		}
	}
	if size > maxSize && z.err == nil {
		z.err = refuse(n, fmt.Sprintf("%.100s would make very large values out of what other functions have already made larger", name),
			"apply it to a column as it is stored, or do the steps in two queries; docs/sql.md says what is counted")
	}
	return size
}

func (z *sizer) result(kind growth, args []any, sc scope) float64 {
	if kind == lambda || kind == filtering {
		return z.overElements(kind, args, sc)
	}
	sizes := make([]float64, len(args))
	var sum float64
	for i, arg := range args {
		sizes[i] = z.size(arg, sc)
		sum += sizes[i]
	}
	switch kind {
	case number:
		return 1
	case top:
		if _, counted := constantNumber(last(args)); counted || len(args) > 2 {
			return aggregated * max(sum, 1) // max(x, 10) is a list
		}
		return sum
	case aggregate:
		return aggregated * max(sum, 1)
	case splitter:
		return split * max(sum, 1)
	case elements:
		return z.unnested(args, sum)
	case joiner:
		return product(sizes)
	case separated:
		return sum + float64(len(args))*first(sizes)
	}
	return generated(kind, args, sizes, sum)
}

// unnested: the characters or numbers that a list was made of right here are small again.
func (z *sizer) unnested(args []any, size float64) float64 {
	inner, _ := first(args).(map[string]any)
	switch z.growing[strings.ToLower(member(inner, "function_name"))] {
	case series:
		return 1
	case splitter:
		return size / split
	}
	return size
}

// generated is for functions whose size an argument says.
func generated(kind growth, args []any, sizes []float64, sum float64) float64 {
	switch kind {
	case filler:
		return filled(args, sizes)
	case series:
		return seriesSize(args)
	case bins:
		if n, ok := constantNumber(args[min(2, len(args)-1)]); ok {
			return element * max(1, n)
		}
		return maxSize + 1
	case replacement, pattern:
		return replaced(kind, args, sizes)
	case translation:
		return 4 * sum // a character of one byte may become one of four
	}
	return sum
}

// overElements multiplies a list with what a lambda makes of one element, compared with a number. An element counts
// as no more than that within the lambda, because the size of the list counts what all of them have.
func (z *sizer) overElements(kind growth, args []any, sc scope) float64 {
	size, each := 0.0, element
	for _, arg := range args {
		n, _ := arg.(map[string]any)
		if member(n, "class") != "LAMBDA" {
			size += z.size(arg, sc)
			continue
		}
		each = max(each, z.size(n["expr"], sc.withParams(n["lhs"])))
	}
	if kind == filtering {
		return size
	}
	return max(size, 1) * each / element
}

// withParams is the scope within a lambda: the names left of its body.
func (sc scope) withParams(lhs any) scope {
	params := make(map[string]float64)
	for name, size := range sc.params {
		params[name] = size
	}
	collectParams(lhs, params)
	sc.params = params
	return sc
}

func collectParams(node any, params map[string]float64) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			collectParams(child, params)
		}
	case map[string]any:
		names, _ := n["column_names"].([]any)
		for _, name := range names {
			text, _ := name.(string)
			params[strings.ToLower(text)] = element
		}
		collectParams(n["children"], params)
	}
}
