package metricstream

// A position is sequence<<lineBits | line: 39 bits of batches and 24 bits of lines in a signed 64-bit number.
const (
	lineBits = 24
	// MaxBatchLines is how many lines of one batch have positions.
	MaxBatchLines = 1 << lineBits
	// MaxSequence is behind the last batch that has positions.
	MaxSequence = 1 << (63 - lineBits)
)

// PositionName is what stands before the position, which is the last field of a landed line.
const PositionName = `,"` + positionField + `":`

// Position returns the position of a line (0 is the first) of the batch with a sequence.
func Position(sequence uint64, line int) int64 { return int64(sequence)<<lineBits | int64(line) }

// SequenceOf returns the sequence of the batch that a position lies in.
func SequenceOf(position int64) uint64 { return uint64(position) >> lineBits }

// PositionOf reads the position of a landed line, which ends in "}\n".
func PositionOf(line []byte) (position int64, ok bool) {
	position, _, ok = lastPosition(line)
	return position, ok
}

// CutPosition takes the position from a landed line and returns the canonical line, in the same memory.
func CutPosition(line []byte) (canonical []byte, position int64, ok bool) {
	position, at, ok := lastPosition(line)
	if !ok {
		return nil, 0, false
	}
	return append(line[:at], "}\n"...), position, true
}

// lastPosition also tells where the field begins.
func lastPosition(line []byte) (position int64, at int, ok bool) {
	end := len(line) - len("}\n")
	if end < 0 || string(line[end:]) != "}\n" {
		return 0, 0, false
	}
	start := end
	for start > 0 && isDigit(line[start-1]) && end-start <= positionDigits {
		start--
	}
	at = start - len(PositionName)
	if n := end - start; n == 0 || n > positionDigits || at < 1 || string(line[at:start]) != PositionName {
		return 0, 0, false
	}
	for _, c := range line[start:end] {
		position = position*10 + int64(c-'0')
	}
	return position, at, position >= 0 // 19 digits may pass the greatest number, and wrap around once
}

// positionDigits is the length of the greatest signed 64-bit number.
const positionDigits = 19
