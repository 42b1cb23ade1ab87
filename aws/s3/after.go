package s3

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// startAfter returns the greatest text that S3 takes as the beginning of a listing and that is not after the given one:
// valid UTF-8 of at most 1024 bytes. No valid key lies between the two but those that the caller filters out.
func startAfter(after string) string {
	if len(after) <= maxKey && utf8.ValidString(after) {
		return after
	}
	good := validLength(after)
	if good > maxKey {
		return strings.ToValidUTF8(after[:maxKey], "")
	}
	start := after[:good]
	if r, ok := runeBefore(after[good:]); ok && len(start)+utf8.RuneLen(r) <= maxKey {
		start += string(r)
	}
	return start
}

// validLength returns how many bytes of a text are valid UTF-8.
func validLength(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size <= 1 {
				return i
			}
		}
	}
	return len(text)
}

// runeBefore returns the greatest rune whose bytes sort before rest. Runes sort as their bytes do; surrogates are none.
func runeBefore(rest string) (rune, bool) {
	const surrogates, afterSurrogates = 0xD800, 0xE000
	first := sort.Search(utf8.MaxRune+1, func(i int) bool {
		if i >= surrogates && i < afterSurrogates {
			i = afterSurrogates
		}
		return string(rune(i)) >= rest
	})
	return rune(first) - 1, first > 0
}
