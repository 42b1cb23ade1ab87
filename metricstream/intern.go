package metricstream

import (
	"hash/maphash"
	"unicode/utf8"
)

const (
	internSets = 1 << 12 // a power of two
	internWays = 4
	internMax  = 512 // bytes; longer strings are rare and would make the table's memory large
)

// interner maps bytes to a stable string without allocating when it saw them lately. Its memory is bounded: a set that
// is full forgets its oldest string. It holds plain text only (see isPlain), which is why a hit needs no further check.
type interner struct {
	seed maphash.Seed
	sets [][internWays]string
}

func newInterner() *interner {
	return &interner{seed: maphash.MakeSeed(), sets: make([][internWays]string, internSets)}
}

// plain returns the string of the raw bytes between two quotes, and false when they are not plain text.
func (t *interner) plain(b []byte) (string, bool) {
	if len(b) > internMax {
		return longPlain(b)
	}
	set := &t.sets[maphash.Bytes(t.seed, b)&(internSets-1)]
	for i := range set {
		if set[i] == string(b) {
			return set[i], true
		}
	}
	if !isPlain(b) {
		return "", false
	}
	s := string(b)
	copy(set[1:], set[:internWays-1])
	set[0] = s
	return s, true
}

// text returns the string of decoded bytes, which may hold anything.
func (t *interner) text(b []byte) string {
	if s, ok := t.plain(b); ok {
		return s
	}
	return string(b)
}

func longPlain(b []byte) (string, bool) {
	if !isPlain(b) {
		return "", false
	}
	return string(b), true
}

// isPlain reports whether b stands for itself between quotes: valid UTF-8 without quote, backslash or control bytes.
func isPlain(b []byte) bool {
	ascii := true
	for _, c := range b {
		if c < 0x20 || c == '\\' || c == '"' {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.Valid(b)
}
