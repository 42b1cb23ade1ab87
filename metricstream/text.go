package metricstream

import (
	"unicode/utf16"
	"unicode/utf8"
)

// appendDecoded appends the text of a JSON string, given without its quotes. Invalid UTF-8 and lone surrogates become
// U+FFFD, one for each byte or escape, as encoding/json does.
func appendDecoded(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\\':
			dst, i = appendEscaped(dst, raw, i+1)
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, size := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		}
	}
	return dst
}

// appendEscaped appends the character of the escape whose letter stands at i, and returns the byte after the escape.
func appendEscaped(dst, raw []byte, i int) (out []byte, next int) {
	switch c := raw[i]; c {
	case 'b':
		return append(dst, '\b'), i + 1
	case 'f':
		return append(dst, '\f'), i + 1
	case 'n':
		return append(dst, '\n'), i + 1
	case 'r':
		return append(dst, '\r'), i + 1
	case 't':
		return append(dst, '\t'), i + 1
	case 'u':
		r, next := unicodeEscape(raw, i)
		return utf8.AppendRune(dst, r), next
	default:
		return append(dst, c), i + 1
	}
}

// unicodeEscape reads uXXXX at i, and the low half behind it when it is a high surrogate.
func unicodeEscape(raw []byte, i int) (r rune, next int) {
	r, next = hex4(raw[i+1:]), i+5
	if !utf16.IsSurrogate(r) {
		return r, next
	}
	if next+6 <= len(raw) && raw[next] == '\\' && raw[next+1] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(raw[next+2:])); pair != utf8.RuneError {
			return pair, next + 6
		}
	}
	return utf8.RuneError, next
}

func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		d := rune(c - '0')
		if c > '9' {
			d = rune(c|0x20-'a') + 10
		}
		r = r<<4 | d
	}
	return r
}

// appendQuoted appends decoded text as a JSON string in its one canonical spelling.
func appendQuoted(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if short := shortEscape(c); short != 0 {
			dst = append(dst, '\\', short)
			continue
		}
		dst = append(dst, `\u00`...)
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return append(append(dst, s[from:]...), '"')
}

func shortEscape(c byte) byte {
	switch c {
	case '"', '\\':
		return c
	case '\b':
		return 'b'
	case '\f':
		return 'f'
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return 0
}
