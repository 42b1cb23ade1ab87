package metricstream

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// maxDigits is how many decimal digits always fit into a uint64.
const maxDigits = 19

// numberReader reads JSON numbers that are kept as delivered. Its results are those of strconv.ParseFloat, bit for bit.
type numberReader struct {
	floats [23]float64 // the powers of ten that are exact floats
	ints   [20]uint64  // the powers of ten below 2^64
}

func newNumberReader() *numberReader {
	r := &numberReader{}
	f, n := 1.0, uint64(1)
	for i := range r.floats {
		r.floats[i] = f
		f *= 10
	}
	for i := range r.ints {
		r.ints[i] = n
		n *= 10
	}
	return r
}

// read returns the number at pos and the position behind it, or 0 when there is none or not one that is kept.
func (r *numberReader) read(data []byte, pos int) (v float64, end int) {
	start := pos
	neg := pos < len(data) && data[pos] == '-'
	if neg {
		pos++
	}
	mantissa, p := digits(data, pos, 0)
	count := p - pos
	if count == 0 || count > 1 && data[pos] == '0' {
		return 0, 0
	}
	exp := 0
	if p < len(data) && data[p] == '.' {
		mantissa, pos = digits(data, p+1, mantissa)
		if exp = p + 1 - pos; exp == 0 {
			return 0, 0
		}
		count, p = count-exp, pos
	}
	if p < len(data) && data[p]|0x20 == 'e' {
		v, p = r.scientific(data, p+1, mantissa, exp)
	} else if exp != 0 || count <= 15 && !(neg && mantissa == 0) {
		v = r.convert(mantissa, exp)
	} else {
		return 0, 0
	}
	if count > maxDigits || p-start > maxPlainNumber {
		return 0, 0
	}
	if neg {
		v = -v
	}
	return v, p
}

// digits reads decimal digits behind those in v; beyond 19 of them the sum is meaningless.
func digits(data []byte, pos int, v uint64) (uint64, int) {
	for pos+8 <= len(data) {
		eight := binary.LittleEndian.Uint64(data[pos:])
		if !allDigits(eight) {
			break
		}
		v = v*1e8 + valueOfDigits(eight)
		pos += 8
	}
	for ; pos < len(data) && isDigit(data[pos]); pos++ {
		v = v*10 + uint64(data[pos]-'0')
	}
	return v, pos
}

// allDigits reports whether the eight bytes are '0' to '9'.
func allDigits(b uint64) bool {
	return (b&0xf0f0f0f0f0f0f0f0)|(b+0x0606060606060606)&0xf0f0f0f0f0f0f0f0>>4 == 0x3333333333333333
}

// valueOfDigits returns the number that eight digits spell, the first in the lowest byte: it joins neighbours to pairs,
// pairs to fours, fours to eight.
func valueOfDigits(b uint64) uint64 {
	b = (b & 0x0f0f0f0f0f0f0f0f) * (10<<8 + 1) >> 8
	b = (b & 0x00ff00ff00ff00ff) * (100<<16 + 1) >> 16
	return (b & 0x0000ffff0000ffff) * (10000<<32 + 1) >> 32
}

// scientific reads an exponent of at most three digits, and leaves out numbers near the ends of float64.
func (r *numberReader) scientific(data []byte, pos int, mantissa uint64, exp int) (v float64, end int) {
	neg := pos < len(data) && data[pos] == '-'
	if neg || pos < len(data) && data[pos] == '+' {
		pos++
	}
	e, end := digits(data, pos, 0)
	if n := end - pos; n == 0 || n > 3 {
		return 0, 0
	}
	if neg {
		exp -= int(e)
	} else {
		exp += int(e)
	}
	if v = r.convert(mantissa, exp); v < 1e-300 || math.IsInf(v, 0) {
		return 0, 0
	}
	return v, end
}

// convert returns the float nearest to mantissa * 10^exp.
func (r *numberReader) convert(mantissa uint64, exp int) float64 {
	small := mantissa <= 1<<53
	switch {
	case small && exp <= 0 && exp > -len(r.floats):
		return float64(mantissa) / r.floats[-exp]
	case small && exp > 0 && exp < len(r.floats):
		return float64(mantissa) * r.floats[exp]
	case exp < 0 && exp > -len(r.ints):
		return quotient(mantissa, r.ints[-exp])
	}
	return convertAny(mantissa, exp)
}

// quotient returns the float nearest to a/b, both above 0: an exact division, rounded once, halves to even.
func quotient(a, b uint64) float64 {
	za, zb := bits.LeadingZeros64(a), bits.LeadingZeros64(b)
	a, b = a<<za, b<<zb
	q, rest := bits.Div64(a>>1, a<<63, b) // a/b * 2^63, from 2^62 to below 2^64
	drop := 64 - 53 - bits.LeadingZeros64(q)
	half := uint64(1) << (drop - 1)
	low, top := q&(2*half-1), q>>drop
	if low > half || low == half && (rest != 0 || top&1 != 0) {
		top++
	}
	scale := uint64(1023+drop-63+zb-za) << 52 // a power of two, exact
	return float64(top) * math.Float64frombits(scale)
}

// convertAny leaves it to strconv.
func convertAny(mantissa uint64, exp int) float64 {
	var buf [32]byte
	text := strconv.AppendUint(buf[:0], mantissa, 10)
	text = strconv.AppendInt(append(text, 'e'), int64(exp), 10)
	v, _ := parseFloat(text) // out of range: an infinity, which the caller refuses
	return v
}
