package columns

import (
	"math"
	"strconv"

	"limnograph"
)

// The texts of dimensions and stats are those of the flattening view, byte for byte: JSON without spaces, in the
// spelling of DuckDB's to_json.

func appendDimensions(dst []byte, sorted []limnograph.Dimension) []byte {
	dst = append(dst, '{')
	for i := range sorted {
		dst = appendName(dst, i, sorted[i].Name)
		dst = appendQuoted(dst, sorted[i].Value)
	}
	return append(dst, '}')
}

func appendStatistics(dst []byte, sorted []limnograph.Statistic) []byte {
	dst = append(dst, '{')
	for i := range sorted {
		dst = appendName(dst, i, sorted[i].Name)
		dst = appendNumber(dst, sorted[i].Value)
	}
	return append(dst, '}')
}

func appendName(dst []byte, index int, name string) []byte {
	if index > 0 {
		dst = append(dst, ',')
	}
	return append(appendQuoted(dst, name), ':')
}

// appendQuoted escapes the quote, the backslash and control characters below 0x20, and nothing else.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			dst = appendEscape(append(dst, s[start:i]...), c)
			start = i + 1
		}
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\f':
		return append(dst, `\f`...)
	case '\r':
		return append(dst, `\r`...)
	}
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// appendNumber writes the shortest decimal that reads back as v: without exponent from 1e-6 to below 1e21, and then
// with a fraction always; JSON has no spelling for what is no number.
func appendNumber(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return appendExponent(dst, v)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendExponent writes 1e21 and 1.5e-7: no sign before a positive exponent, and no leading zero in it.
func appendExponent(dst []byte, v float64) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', -1, 64)
	for i := start; i < len(dst); i++ {
		if dst[i] == 'e' {
			return shortenExponent(dst, i+1)
		}
	}
	return dst
}

func shortenExponent(dst []byte, sign int) []byte {
	digits := sign + 1
	for digits < len(dst)-1 && dst[digits] == '0' {
		digits++
	}
	if dst[sign] == '-' {
		sign++
	}
	return append(dst[:sign], dst[digits:]...)
}

// countNames returns the number of names in a text of appendStatistics.
func countNames(text []byte) int32 {
	var n int32
	inName := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			if inName = !inName; inName {
				n++
			}
		}
	}
	return n
}
