package objectkey_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/objectkey"
)

func TestCheck(t *testing.T) {
	long := strings.Repeat("x", 255)
	for _, key := range []string{"a/b", "a b/ü=%2F", "segmentsx/y", "a/segments/b", "a/...", "\u202e/x", long + "/" + long, strings.Repeat("abc/", 255) + "abcd"} {
		if err := objectkey.Check("put object", key); err != nil {
			t.Error(err)
		}
	}
	for _, key := range []string{
		"", "a", "/a", "a/", "a//b", "../a", "a/..", "a/./b", "a/\x00", "a/\x7f", "a/\xff", "\xc3/a", "segments/a", "staging/a", "a/" + long + "x",
		strings.Repeat("abc/", 255) + "abcde",
	} {
		err := objectkey.Check("put object", key)
		if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.HasPrefix(err.Error(), "put object: bad name ") || len(err.Error()) > 500 {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// A listing may stop early at a prefix that no key begins with, and at no other.
func TestCanBegin(t *testing.T) {
	for _, prefix := range []string{"", "a", "a/", "seg", "segments", "stagingx/", ".", "a/..", "é"} {
		if !objectkey.CanBegin(prefix) {
			t.Errorf("nothing can begin with %q", prefix)
		}
	}
	for _, prefix := range []string{"/", "a//", "../", "a/./b", "segments/", "staging/x", "a\x00", "\xc3", "a/" + strings.Repeat("x", 256), strings.Repeat("abc/", 256)} {
		if objectkey.CanBegin(prefix) {
			t.Errorf("something can begin with %q", prefix)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringOfN(rapid.OneOf(rapid.SampledFrom([]rune("./a\x00é")), rapid.Rune()), 0, 5, -1)
		key := strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "/")
		for i := range len(key) + 1 {
			if whole := strings.ToValidUTF8(key[:i], "") == key[:i]; whole && objectkey.Check("", key) == nil && !objectkey.CanBegin(key[:i]) {
				t.Fatalf("%q begins with %q", key, key[:i])
			}
		}
	})
}
