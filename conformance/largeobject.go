package conformance

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"limnograph"
)

// large is the content of a body that stores take apart: its bytes tell where they belong.
func large(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

// onlyOnce hides that a reader can be rewound.
func onlyOnce(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b)) }

// putLarge uses sizes around what S3 takes as the smallest part of several.
func putLarge(t testing.TB, s limnograph.ObjectStore) {
	const part = 5 << 20
	for key, size := range map[string]int{"a/part": part, "a/over": part + 1, "a/two": 2 * part, "a/three": 2*part + 12_345} {
		want := large(size)
		info, err := s.Put(t.Context(), key, onlyOnce(want), limnograph.PutOptions{IfAbsent: true})
		if err != nil || info.Size != int64(size) {
			t.Fatalf("put %d bytes: %+v, %v", size, info, err)
		}
		if content(t, s, key) != string(want) {
			t.Errorf("%d bytes came back otherwise", size)
		}
		other := large(size + 1)
		_, err = s.Put(t.Context(), key, onlyOnce(other), limnograph.PutOptions{IfAbsent: true})
		wantCode(t, err, limnograph.CodeExists)
		if content(t, s, key) != string(want) {
			t.Errorf("%d bytes were replaced", size)
		}
	}
}

func putLargeFailing(t testing.TB, s limnograph.ObjectStore) {
	put(t, s, "a/old", "old")
	broken := errors.New("broken pipe")
	for _, key := range []string{"a/new", "a/old"} {
		body := io.MultiReader(bytes.NewReader(large(11<<20)), iotest.ErrReader(broken))
		if _, err := s.Put(t.Context(), key, body, limnograph.PutOptions{}); !errors.Is(err, broken) {
			t.Errorf("error is %v, want the cause %v in it", err, broken)
		}
	}
	if got := strings.Join(keys(t, s, "", ""), " "); got != "a/old" || content(t, s, "a/old") != "old" {
		t.Errorf("the store lists %q, and the old object holds %d bytes", got, len(content(t, s, "a/old")))
	}
}
