package duckdb

import "encoding/json"

// filled is the size of repeat, lpad and rpad: the text has at most 10,000 characters, but repeat makes lists too.
func filled(args []any, sizes []float64) float64 {
	n := maxElements
	if len(args) > 1 {
		if constant, ok := constantNumber(args[1]); ok {
			n = max(0, constant)
		}
	}
	if c := class(first(args)); c != "CONSTANT" && c != "COLUMN_REF" && len(args) == 2 {
		return max(first(sizes), first(sizes)*n)
	}
	return max(first(sizes), min(maxRepeat, n*max(1, first(sizes))))
}

func seriesSize(args []any) float64 {
	if len(args) > 2 {
		return element * maxElements
	}
	var from float64
	ok := true
	if len(args) == 2 {
		from, ok = constantNumber(args[0])
	}
	to, ok2 := constantNumber(last(args))
	if !ok || !ok2 {
		return element * maxElements
	}
	return element * min(maxElements, max(1, to-from+1))
}

// replaced is how a text grows by a replacement. A constant that is not longer than the constant it stands for
// changes nothing. A pattern may match between any two characters, and its replacement repeat the match.
func replaced(kind growth, args []any, sizes []float64) float64 {
	if len(args) < 3 {
		return unknownTimes * product(sizes)
	}
	from, ok1 := constantText(args[1])
	to, ok2 := constantText(args[2])
	switch {
	case !ok2:
		return unknownTimes * product(sizes)
	case kind == replacement && ok1 && from != "" && len(to) <= len(from):
		return sizes[0]
	}
	return sizes[0] * float64(1+len(to))
}

func product(sizes []float64) float64 {
	result := 1.0
	for _, size := range sizes {
		result *= max(size, 1)
	}
	return result
}

func class(node any) string {
	n, _ := node.(map[string]any)
	return member(n, "class")
}

func first[T any](list []T) (zero T) {
	if len(list) == 0 {
		return zero
	}
	return list[0]
}

func last[T any](list []T) (zero T) {
	if len(list) == 0 {
		return zero
	}
	return list[len(list)-1]
}

func constantText(node any) (string, bool) {
	n, _ := node.(map[string]any)
	if member(n, "class") != "CONSTANT" {
		return "", false
	}
	value, _ := n["value"].(map[string]any)
	if null, _ := value["is_null"].(bool); null {
		return "", true
	}
	text, ok := value["value"].(string)
	return text, ok
}

func constantNumber(node any) (float64, bool) {
	n, _ := node.(map[string]any)
	value, _ := n["value"].(map[string]any)
	number, ok := value["value"].(json.Number)
	if member(n, "class") != "CONSTANT" || !ok {
		return 0, false
	}
	f, err := number.Float64()
	return f, err == nil
}
