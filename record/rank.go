package record

import "cmp"

// rank orders the statements about one thing. Of two that report a field the greater one's value stands.
type rank struct {
	terminal int64 // 1: the statement says that the run has ended
	modified int64 // LastModifiedOn, ms; 0 when it is not reported, as in events
	observed int64 // when it was said, ms
	position int64 // in landing
}

func (r *rank) compare(o *rank) int {
	if r == o {
		return 0
	}
	return cmp.Or(
		cmp.Compare(r.terminal, o.terminal),
		cmp.Compare(r.modified, o.modified),
		cmp.Compare(r.observed, o.observed),
		cmp.Compare(r.position, o.position),
	)
}

// compareValues orders two values of one field, NULL first, so that statements of equal rank merge the same in any order.
func compareValues(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(truth(a != nil), truth(b != nil))
	}
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case bool:
		return cmp.Compare(truth(a), truth(b.(bool)))
	}
	return 0
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
