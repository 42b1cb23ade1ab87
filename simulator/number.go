package simulator

import "strconv"

// micro is the fixed point of fractions: six decimals.
const micro = 1_000_000

// appendWhole writes a whole number as the stream does, which is Java's Double.toString: 3.0, 1.0626048E7.
func appendWhole(b []byte, v int64) []byte {
	if v < 10_000_000 && v > -10_000_000 {
		return append(strconv.AppendInt(b, v, 10), ".0"...)
	}
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	start := len(b)
	b = strconv.AppendInt(b, v, 10)
	exponent := len(b) - start - 1
	return appendScientific(b, start, exponent)
}

// appendMicro writes v millionths in the same form: 0.25, 12.0, 5.43E-4. v is not negative and below 10^13.
func appendMicro(b []byte, v int64) []byte {
	whole, part := v/micro, v%micro
	switch {
	case part == 0:
		return append(strconv.AppendInt(b, whole, 10), ".0"...)
	case v < micro/1000:
		start := len(b)
		b = strconv.AppendInt(b, v, 10)
		return appendScientific(b, start, len(b)-start-7)
	}
	b = append(strconv.AppendInt(b, whole, 10), '.')
	for digit := int64(micro / 10); part > 0; digit /= 10 {
		b = append(b, byte('0'+part/digit))
		part %= digit
	}
	return b
}

// appendScientific turns the digits from start on into d.dddE<exponent> without needless zeros.
func appendScientific(b []byte, start, exponent int) []byte {
	for len(b) > start+1 && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if len(b) == start+1 {
		b = append(b, '0')
	}
	b = append(b, 0)
	copy(b[start+2:], b[start+1:len(b)-1])
	b[start+1] = '.'
	return strconv.AppendInt(append(b, 'E'), int64(exponent), 10)
}
