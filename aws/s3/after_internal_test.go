package s3

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// A listing that starts there yields every key that sorts after the text, and S3 takes it.
func TestStartAfter(t *testing.T) {
	runes := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune{0, 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff}))
	rapid.Check(t, func(t *rapid.T) {
		good := rapid.StringOfN(runes, 0, 400, -1).Draw(t, "good")
		after := good + string(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes"))
		start := startAfter(after)
		if !utf8.ValidString(start) || len(start) > maxKey || start > after {
			t.Fatalf("after %q it starts after %q", after, start)
		}
		key := rapid.OneOf(
			rapid.StringOfN(runes, 0, 5, -1), rapid.Map(rapid.StringOfN(runes, 0, 3, -1), func(s string) string { return good + s }),
		).Draw(t, "key")
		if key > after && key <= start {
			t.Fatalf("after %q it starts after %q and leaves out %q", after, start, key)
		}
		if wanted := len(after) <= maxKey-utf8.UTFMax; wanted && key <= after && key > start && !hasPrefix(key, start) {
			t.Fatalf("after %q it starts after %q, so much before that %q comes too", after, start, key)
		}
	})
}

func hasPrefix(key, prefix string) bool {
	return len(key) >= len(prefix) && key[:len(prefix)] == prefix
}
