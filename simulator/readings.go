package simulator

// reading is the statistic set of one series in one minute. Without a report its count is 0.
type reading struct{ count, sum, min, max int64 }

// readings are all series of a run, or of all runs of a job, in one minute. Fractions are millionths.
type readings [seriesCount]reading

// observe adds one report of series i.
func (r *readings) observe(i int, value int64) {
	s := &r[i]
	if s.count == 0 {
		*s = reading{1, value, value, value}
		return
	}
	s.count++
	s.sum += value
	s.min = min(s.min, value)
	s.max = max(s.max, value)
}

// merge adds what another run of the job reported in the same minute.
func (r *readings) merge(other *readings) {
	for i := range r {
		a, b := &r[i], &other[i]
		switch {
		case b.count == 0:
		case a.count == 0:
			*a = *b
		default:
			*a = reading{a.count + b.count, a.sum + b.sum, min(a.min, b.min), max(a.max, b.max)}
		}
	}
}
