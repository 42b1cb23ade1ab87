package metricstream

import (
	"math"
	"strconv"
	"unsafe"
)

// Bounds of a timestamp in milliseconds: the years 1 to 9999, which every reader can show.
const (
	minTimestamp = -62135596800000
	maxTimestamp = 253402300799999
)

// maxPlainNumber is the length up to which a number is kept as it was delivered.
const maxPlainNumber = 24

// numberEnd returns the byte after the JSON number at pos, or pos when there is none.
func numberEnd(data []byte, pos int) int {
	p := pos
	if p < len(data) && data[p] == '-' {
		p++
	}
	q := digitsEnd(data, p)
	if q == p || (data[p] == '0' && q > p+1) {
		return pos
	}
	if p = q; p < len(data) && data[p] == '.' {
		if q = digitsEnd(data, p+1); q == p+1 {
			return pos
		}
		p = q
	}
	if p < len(data) && data[p]|0x20 == 'e' {
		return exponentEnd(data, pos, p+1)
	}
	return p
}

func exponentEnd(data []byte, pos, p int) int {
	if p < len(data) && (data[p] == '+' || data[p] == '-') {
		p++
	}
	q := digitsEnd(data, p)
	if q == p {
		return pos
	}
	return q
}

func digitsEnd(data []byte, p int) int {
	for p < len(data) && isDigit(data[p]) {
		p++
	}
	return p
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// overflows reports whether the JSON number is beyond float64. Short numbers without exponent never are.
func overflows(number []byte) bool {
	if len(number) < 300 && !hasExponent(number) {
		return false
	}
	_, err := parseFloat(number)
	return err != nil
}

func hasExponent(number []byte) bool {
	for _, c := range number {
		if c|0x20 == 'e' {
			return true
		}
	}
	return false
}

// parseFloat looks at the bytes as a string without copying them, which a profile asked for; strconv keeps no part of it
// but in an error, which nobody reads.
func parseFloat(number []byte) (float64, error) {
	return strconv.ParseFloat(unsafe.String(unsafe.SliceData(number), len(number)), 64)
}

// appendNumber appends the JSON number with the value v: as delivered when every reader gets v from it, else anew.
func appendNumber(dst, number []byte, v float64) []byte {
	if keepsNumber(number, v) {
		return append(dst, number...)
	}
	if v == 0 && math.Signbit(v) {
		return append(dst, "-0.0"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// keepsNumber reports whether number is short, no big integer, no integer -0 and not near the ends of float64: the
// forms that JSON readers treat differently.
func keepsNumber(number []byte, v float64) bool {
	if len(number) > maxPlainNumber {
		return false
	}
	if hasExponent(number) {
		return math.Abs(v) >= 1e-300
	}
	if q := digitsEnd(number, 1); q < len(number) {
		return true // a fraction
	}
	return number[0] != '-' && len(number) <= 15 || number[0] == '-' && v != 0 && len(number) <= 16
}

// parseTimestamp reads a JSON number that is a whole number of milliseconds in the accepted years.
func parseTimestamp(number []byte) (int64, bool) {
	neg := number[0] == '-'
	if neg {
		number = number[1:]
	}
	digits, exp, ok := decimal(number)
	if !ok {
		return 0, false
	}
	v, ok := scale(digits, exp)
	if neg {
		v = -v
	}
	return v, ok && v >= minTimestamp && v <= maxTimestamp
}

// decimal splits an unsigned JSON number into its significant digits, without zeros at either end, and a power of ten.
func decimal(number []byte) (digits []byte, exp int, ok bool) {
	var buf [20]byte
	digits = buf[:0]
	zeros, fraction := 0, 0
	i := 0
	for ; i < len(number) && number[i]|0x20 != 'e'; i++ {
		switch c := number[i]; {
		case c == '.':
			fraction = 1
			continue
		case c == '0' && len(digits) == 0:
		case c == '0':
			zeros++
		case len(digits)+zeros >= cap(digits):
			return nil, 0, false
		default:
			digits = append(append(digits, "00000000000000000000"[:zeros]...), c)
			zeros = 0
		}
		exp -= fraction
	}
	if i < len(number) {
		e, err := strconv.Atoi(string(number[i+1:]))
		if err != nil {
			return digits, 0, len(digits) == 0
		}
		exp += e
	}
	return digits, exp + zeros, true
}

// scale returns digits * 10^exp when that is a whole number below 10^18.
func scale(digits []byte, exp int) (v int64, ok bool) {
	if len(digits) == 0 {
		return 0, true
	}
	if exp < 0 || exp > 18 || len(digits)+exp > 18 {
		return 0, false
	}
	for _, c := range digits {
		v = v*10 + int64(c-'0')
	}
	for range exp {
		v *= 10
	}
	return v, true
}
