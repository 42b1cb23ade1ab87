package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// ObjectStore checks that an implementation keeps the contract of limnograph.ObjectStore. open returns an empty store.
func ObjectStore(t *testing.T, open func(t *testing.T) limnograph.ObjectStore, lacks ...Lack) {
	suite := newSuite(lacks)
	for _, c := range []struct {
		outcome string
		check   func(t testing.TB, s limnograph.ObjectStore)
	}{
		{"PutThenOpenGivesTheSameBytes", putOpen},
		{"PutReplacesAnObject", putReplaces},
		{"PutIfAbsentRefusesATakenKey", putIfAbsent},
		{"OneOfManyConcurrentPutsIfAbsentWins", putIfAbsentRace},
		{"PutWithAFailingBodyLeavesNoObject", putFailingBody},
		{"PutReadsABodyThatComesInPieces", putPieces},
		{"LargeBodiesAreStoredWhole", putLarge},
		{"LargeBodiesThatFailLeaveNothing", putLargeFailing},
		{"ReadersSeeTheOldOrTheNewObjectNeverAPart", putAtomic},
		{"ListingsSeeNoObjectThatIsBeingWritten", listAtomic},
		{"MissingKeyIsNotFound", missing},
		{"DeleteRemovesAndIsIdempotent", deletes},
		{"ListIsInByteOrderOfTheKey", listOrder},
		{"ListKeepsToPrefixAndAfter", listRange},
		{"ListOfAPrefixThatNoKeyHasIsEmpty", listNothing},
		{"ListStopsWhenTheReaderStops", listStops},
		{"BadKeysAreInvalid", badKeys},
		{"CancelledContextIsRefused", cancelled},
	} {
		suite.run(t, c.outcome, func(t *testing.T) func(testing.TB) {
			s := open(t)
			return func(t testing.TB) { c.check(t, s) }
		})
	}
	suite.finish(t)
}

func put(t testing.TB, s limnograph.ObjectStore, key, body string) limnograph.ObjectInfo {
	t.Helper()
	info, err := s.Put(t.Context(), key, strings.NewReader(body), limnograph.PutOptions{})
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	return info
}

func content(t testing.TB, s limnograph.ObjectReader, key string) string {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("open %q: %v", key, err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	return string(b)
}

func keys(t testing.TB, s limnograph.ObjectReader, prefix, after string) []string {
	t.Helper()
	got := []string{}
	for info, err := range s.List(t.Context(), prefix, after) {
		if err != nil {
			t.Fatalf("list %q after %q: %v", prefix, after, err)
		}
		got = append(got, info.Key)
	}
	return got
}

func wantCode(t testing.TB, err error, want limnograph.Code) {
	t.Helper()
	if got := limnograph.ErrorCode(err); got != want {
		t.Errorf("error %v has code %q, want %q", err, got, want)
	}
}

func putOpen(t testing.TB, s limnograph.ObjectStore) {
	for _, body := range []string{"", "x", strings.Repeat("limnology ", 50_000)} {
		key := fmt.Sprintf("landing/a b/ü=%%2F/%d.gz", len(body))
		info := put(t, s, key, body)
		if got := content(t, s, key); got != body {
			t.Errorf("read %d bytes, want the %d that were put", len(got), len(body))
		}
		stat, err := s.Stat(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(info, stat); diff != "" || info.Key != key || info.Size != int64(len(body)) || info.Modified.IsZero() {
			t.Errorf("put says %+v, stat says %+v", info, stat)
		}
	}
}

func putReplaces(t testing.TB, s limnograph.ObjectStore) {
	put(t, s, "a/k", "the old, longer body")
	put(t, s, "a/k", "new")
	if got := content(t, s, "a/k"); got != "new" {
		t.Errorf("content is %q", got)
	}
}

func putIfAbsent(t testing.TB, s limnograph.ObjectStore) {
	put(t, s, "a/k", "first")
	_, err := s.Put(t.Context(), "a/k", strings.NewReader("second"), limnograph.PutOptions{IfAbsent: true})
	wantCode(t, err, limnograph.CodeExists)
	if got := content(t, s, "a/k"); got != "first" {
		t.Errorf("content is %q", got)
	}
}

func putIfAbsentRace(t testing.TB, s limnograph.ObjectStore) {
	var wg sync.WaitGroup
	var winner atomic.Value
	var wins atomic.Int64
	for i := range 16 {
		wg.Go(func() {
			body := fmt.Sprint("body ", i)
			_, err := s.Put(t.Context(), "new/deep/dir/k", strings.NewReader(body), limnograph.PutOptions{IfAbsent: true})
			if err == nil {
				wins.Add(1)
				winner.Store(body)
				return
			}
			wantCode(t, err, limnograph.CodeExists)
		})
	}
	wg.Wait()
	if wins.Load() != 1 || content(t, s, "new/deep/dir/k") != winner.Load() {
		t.Errorf("%d puts won", wins.Load())
	}
}

func putFailingBody(t testing.TB, s limnograph.ObjectStore) {
	broken := errors.New("broken pipe")
	_, err := s.Put(t.Context(), "a/k", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)), limnograph.PutOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("error is %v, want the cause %v in it", err, broken)
	}
	if got := keys(t, s, "", ""); len(got) != 0 {
		t.Errorf("the store lists %q", got)
	}
}

func putPieces(t testing.TB, s limnograph.ObjectStore) {
	body := strings.Repeat("limnology ", 1000)
	_, err := s.Put(t.Context(), "a/k", iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(body))), limnograph.PutOptions{IfAbsent: true})
	if got := content(t, s, "a/k"); err != nil || got != body {
		t.Errorf("read %d bytes, want the %d that were put; %v", len(got), len(body), err)
	}
}

// besideReplacing runs look 50 times while an object a/k of 64 KiB, all of one byte, is replaced again and again.
func besideReplacing(t testing.TB, s limnograph.ObjectStore, look func()) {
	whole := func(b byte) string { return strings.Repeat(string(b), 1<<16) }
	put(t, s, "a/k", whole('0'))
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, _ = s.Put(ctx, "a/k", strings.NewReader(whole('0'+byte(i%10))), limnograph.PutOptions{})
		}
	})
	for range 50 {
		look()
	}
	stop()
	wg.Wait()
}

func putAtomic(t testing.TB, s limnograph.ObjectStore) {
	besideReplacing(t, s, func() {
		got := content(t, s, "a/k")
		if len(got) != 1<<16 || strings.Trim(got, got[:1]) != "" {
			t.Errorf("read a mixture of %d bytes", len(got))
		}
	})
}

func listAtomic(t testing.TB, s limnograph.ObjectStore) {
	besideReplacing(t, s, func() {
		if listed := keys(t, s, "a/", ""); !slices.Equal(listed, []string{"a/k"}) {
			t.Errorf("listed %q while an object is replaced", listed)
		}
	})
}

func missing(t testing.TB, s limnograph.ObjectStore) {
	put(t, s, "a/b/c", "x")
	for _, key := range []string{"a/nothing", "a/b", "zz/top"} {
		_, err := s.Stat(t.Context(), key)
		wantCode(t, err, limnograph.CodeNotFound)
		_, err = s.Open(t.Context(), key)
		wantCode(t, err, limnograph.CodeNotFound)
	}
}

func deletes(t testing.TB, s limnograph.ObjectStore) {
	put(t, s, "a/b/k", "x")
	put(t, s, "a/b/l", "x")
	for _, key := range []string{"a/b/k", "a/b/k", "never/was"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	if diff := cmp.Diff([]string{"a/b/l"}, keys(t, s, "", "")); diff != "" {
		t.Error(diff)
	}
}

// listed holds keys whose order as files and directories differs from their byte order.
func listed() []string {
	return []string{"a/b-c", "a/b.gz", "a/b/c", "a/b/d/e", "a/b0", "a-/x", "a/B", "ab/x", "a/b!/z", "é/x", "a/b/c.gz", "a/b=1/k"}
}

func fillListed(t testing.TB, s limnograph.ObjectStore) []string {
	t.Helper()
	want := listed()
	for _, key := range want {
		put(t, s, key, key)
	}
	slices.Sort(want)
	return want
}

func listOrder(t testing.TB, s limnograph.ObjectStore) {
	want := fillListed(t, s)
	if diff := cmp.Diff(want, keys(t, s, "", "")); diff != "" {
		t.Error(diff)
	}
	for info, err := range s.List(t.Context(), "", "") {
		if err != nil || info.Size != int64(len(info.Key)) || info.Modified.IsZero() {
			t.Errorf("%+v, %v", info, err)
		}
	}
}

func listRange(t testing.TB, s limnograph.ObjectStore) {
	all := fillListed(t, s)
	afters := append([]string{"", "a", "a/", "a/b", "a/b/", "a/b/c/x", "zzz", "\xff"}, all...)
	for _, prefix := range append([]string{"", "a", "a/b", "a/b/", "a/b/c", "nothing/", "a//", "../"}, all...) {
		for _, after := range afters {
			want := []string{}
			for _, key := range all {
				if strings.HasPrefix(key, prefix) && key > after {
					want = append(want, key)
				}
			}
			if diff := cmp.Diff(want, keys(t, s, prefix, after)); diff != "" {
				t.Errorf("prefix %q after %q: %s", prefix, after, diff)
			}
		}
	}
}

// listNothing cuts prefixes inside a character, too: half of one is not text.
func listNothing(t testing.TB, s limnograph.ObjectStore) {
	fillListed(t, s)
	for _, prefix := range []string{"\xc3", "\xff", "a/\xe6\xb9", "a//", "/", "../", "a/./", "a/b\x00", "a/" + strings.Repeat("b", 256), strings.Repeat("ab/", 400)} {
		if got := keys(t, s, prefix, ""); len(got) != 0 {
			t.Errorf("prefix %q lists %q", prefix, got)
		}
	}
}

func listStops(t testing.TB, s limnograph.ObjectStore) {
	all := fillListed(t, s)
	var got []string
	for info := range s.List(t.Context(), "", "") {
		got = append(got, info.Key)
		if len(got) == 2 {
			break
		}
	}
	if diff := cmp.Diff(all[:2], got); diff != "" {
		t.Error(diff)
	}
}

func badKeys(t testing.TB, s limnograph.ObjectStore) {
	for _, key := range []string{
		"", "/", "/etc/passwd", "a//b", "a/", "../b", "a/../../b", "a/./b", "a/..", "a/b\x00c", "a/\xff", "a/\xc3", "a/b\nc", "a/\x7f", "single",
		"segments/x", "staging/x", "a/" + strings.Repeat("x", 256), strings.Repeat("abc/", 300) + "d",
	} {
		_, err := s.Put(t.Context(), key, bytes.NewReader(nil), limnograph.PutOptions{})
		wantCode(t, err, limnograph.CodeInvalid)
		_, err = s.Open(t.Context(), key)
		wantCode(t, err, limnograph.CodeInvalid)
		_, err = s.Stat(t.Context(), key)
		wantCode(t, err, limnograph.CodeInvalid)
		wantCode(t, s.Delete(t.Context(), key), limnograph.CodeInvalid)
	}
}

func cancelled(t testing.TB, s limnograph.ObjectStore) {
	put(t, s, "a/k", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Put(ctx, "a/l", strings.NewReader("x"), limnograph.PutOptions{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if _, err := s.Open(ctx, "a/k"); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	for _, err := range s.List(ctx, "", "") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("list: %v", err)
		}
	}
}
