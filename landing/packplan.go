package landing

import "time"

// packPlan decides which neighbours become one object. It looks at names, and at what is measured already.
type packPlan struct {
	objects  []*landedObject // of one hour, named and not replaced, in the order of sequences
	others   []time.Time     // arrivals of objects with other names
	maxBytes int64
	may      func(*landedObject) bool // whether an object may be packed at all
	measured func(*landedObject) *measure
}

// runs lists the neighbours that become one object, two or more each.
//
// Readers that compare two statements of a datapoint go by the arrival in an object's name, then by position, and a
// packed object is named after its first batch. So neighbours are packed only where that decides nothing anew: their
// arrivals rise with their sequences, and no other object of the hour arrived among them.
func (p packPlan) runs() (runs [][]*landedObject) {
	for start := 0; start < len(p.objects); {
		end := p.reach(start)
		if end-start > 1 {
			runs = append(runs, p.objects[start:end])
		}
		start = max(end, start+1)
	}
	return runs
}

// reach returns the end of the longest run from start; start when not even that one may be packed.
func (p packPlan) reach(start int) int {
	var size int64
	for i := start; i < len(p.objects); i++ {
		o := p.objects[i]
		size += o.size
		if !p.fits(i) || size > p.maxBytes || i > start && !p.extends(start, i) {
			return i
		}
	}
	return len(p.objects)
}

// fits reports whether an object may be packed, and ends before the next one begins. An object of more than half the
// greatest size is large enough.
func (p packPlan) fits(i int) bool {
	o := p.objects[i]
	m := p.measured(o)
	if o.landing.Packed() || o.size > p.maxBytes/2 || !p.may(o) || m != nil && m.err != nil {
		return false
	}
	return m == nil || i+1 == len(p.objects) || m.last < p.objects[i+1].landing.Sequence
}

// extends reports whether the run from start may go on to i.
func (p packPlan) extends(start, i int) bool {
	from, to := p.objects[start].arrival, p.objects[i].arrival
	if to.Before(p.objects[i-1].arrival) {
		return false
	}
	if from.Equal(to) {
		return true
	}
	among := func(at time.Time) bool { return !at.Before(from) && !at.After(to) }
	for _, o := range p.objects[:start] {
		if among(o.arrival) {
			return false
		}
	}
	for _, o := range p.objects[i+1:] { // later ones win at the same arrival, before and after
		if among(o.arrival) && !o.arrival.Equal(to) {
			return false
		}
	}
	for _, at := range p.others {
		if among(at) {
			return false
		}
	}
	return true
}
