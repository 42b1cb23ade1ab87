package objectkey

import (
	"strings"
)

const hexDigits = "0123456789ABCDEF"

// escape writes text so that it is one folder or name on every store and in every SQL engine: bytes other than letters,
// digits, '-', '_' and '.' become %XX, and so does a leading '_' or '.', because Hive readers skip such files.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isSafe(c) && (i > 0 || c != '_' && c != '.') {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
	}
	return b.String()
}

// unescape is the inverse of escape; it accepts exactly what escape makes of texts that are not empty.
func unescape(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return "", false
			}
			c = byte(strings.IndexByte(hexDigits, s[i+1])<<4 | strings.IndexByte(hexDigits, s[i+2])&15)
			i += 2
		}
		b.WriteByte(c)
	}
	text := b.String()
	return text, text != "" && escape(text) == s
}

func isSafe(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}
