package simulator

import "strconv"

// lines are metric-stream objects, one a line.
type lines struct {
	data []byte
	ends []int // where each line ends
}

func (l *lines) reset() { l.data, l.ends = l.data[:0], l.ends[:0] }

func (l *lines) len() int { return len(l.ends) }

// at is line i with its newline.
func (l *lines) at(i int) []byte {
	if i == 0 {
		return l.data[:l.ends[0]]
	}
	return l.data[l.ends[i-1]:l.ends[i]]
}

// total is the JobRunId of the twin over all runs of a job.
const total = "ALL"

// add writes the readings of one run (or of total) in the minute that timestamp, milliseconds, names.
func (l *lines) add(text *layout, job *Job, runID string, timestamp int64, r *readings) {
	var stamp [40]byte
	when := append(strconv.AppendInt(append(stamp[:0], `},"timestamp":`...), timestamp, 10), `,"value":{"max":`...)
	used := seriesExecutors + fiveOf*job.Executors
	for i := range r[:used] {
		if r[i].count > 0 {
			l.data = appendLine(l.data, &text[i], job, runID, when, &r[i])
			l.ends = append(l.ends, len(l.data))
		}
	}
}

func appendLine(b []byte, s *series, job *Job, runID string, when []byte, r *reading) []byte {
	b = append(b, job.head...)
	b = append(b, s.name...)
	b = append(b, job.dims...)
	b = append(b, runID...)
	b = append(b, s.kind...)
	if s.place != placeNone {
		b = append(append(b, job.location(s.place)...), '"')
	}
	b = append(b, when...)
	b = appendStatistics(b, s.fraction, r)
	return append(b, s.tail...)
}

func (j *Job) location(p place) string {
	switch p {
	case placeFirstSource:
		return j.sources[0]
	case placeSecondSource:
		return j.sources[1]
	}
	return j.sink
}

func appendStatistics(b []byte, fraction bool, r *reading) []byte {
	write := appendWhole
	if fraction {
		write = appendMicro
	}
	b = append(write(b, r.max), `,"min":`...)
	b = append(write(b, r.min), `,"sum":`...)
	b = append(write(b, r.sum), `,"count":`...)
	return appendWhole(b, r.count)
}
