package columns

import (
	"cmp"
	"strings"
)

// compare orders rows by the key: NULL first, texts by their bytes, false before true.
func (l *recordLayout) compare(a, b []any) int {
	for _, i := range l.key {
		if c := compareValues(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// compareValues compares two values of one column.
func compareValues(a, b any) int {
	if a == nil || b == nil {
		return compareBools(a != nil, b != nil)
	}
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case bool:
		return compareBools(a, b.(bool))
	}
	return 0
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
