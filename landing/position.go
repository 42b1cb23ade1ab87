package landing

import (
	"errors"
	"strconv"
)

// A position is sequence<<lineBits | line: 39 bits of batches and 24 bits of lines in a signed 64-bit number.
const (
	lineBits    = 24
	maxLines    = 1 << lineBits
	maxSequence = 1 << (63 - lineBits)
)

const positionField = `,"limno_position":`

// Position returns the position of a line (0 is the first) of the batch with a sequence.
func Position(sequence uint64, line int) int64 { return int64(sequence)<<lineBits | int64(line) }

var errLine = errors.New("a line is no object with a field, or does not end in }\\n")

// appendPositioned appends a canonical line, which ends in "}\n", with its position to dst.
func appendPositioned(dst, line []byte, position int64) ([]byte, error) {
	body := len(line) - 2
	if body < 2 || line[body] != '}' {
		return dst, errLine
	}
	dst = append(dst, line[:body]...)
	dst = append(dst, positionField...)
	dst = strconv.AppendInt(dst, position, 10)
	return append(dst, '}', '\n'), nil
}
