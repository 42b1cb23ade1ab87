package conformance

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"limnograph"
)

// FollowedHolder is a store whose segments are read while they grow.
type FollowedHolder interface {
	SegmentHolder
	limnograph.SegmentFollower
}

// SegmentFollower checks that an implementation keeps the contract of limnograph.SegmentFollower. open returns an empty
// store.
func SegmentFollower(t *testing.T, open func(t *testing.T) FollowedHolder) {
	for _, c := range []struct {
		outcome string
		check   func(t *testing.T, s FollowedHolder)
	}{
		{"ReadsFromTheStartAndThenWhatComes", followed},
		{"ReadersDoNotDisturbEachOther", followedTwice},
		{"ReadsOnAfterSealing", followedSealed},
		{"ReadsOnAfterTheSegmentIsRemoved", followedRemoved},
		{"SeesWhatComesAfterATruncation", followedTruncated},
		{"FollowsARecoveredSegment", followedRecovered},
		{"RunsBesideWriteAndSync", followedConcurrently},
		{"MissingSegmentIsNotFound", followMissing},
		{"BadNamesAreInvalid", followBadNames},
		{"CancelledContextIsRefused", followCancelled},
	} {
		t.Run(c.outcome, func(t *testing.T) { c.check(t, open(t)) })
	}
}

func follow(t *testing.T, s limnograph.SegmentFollower, name string) io.Reader {
	t.Helper()
	r, err := s.Follow(t.Context(), name)
	if err != nil {
		t.Fatalf("follow %q: %v", name, err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

// wantNext reads up to the present end.
func wantNext(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got, err := io.ReadAll(r)
	if err != nil || string(got) != want {
		t.Errorf("read %q, %v; want %q", got, err, want)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
}

func followed(t *testing.T, s FollowedHolder) {
	g := create(t, s, "metrics/x")
	defer g.Close()
	r := follow(t, s, "metrics/x")
	wantNext(t, r, "")
	for _, text := range []string{"one", " two", strings.Repeat("limnology ", 50_000)} {
		write(t, g, text)
		wantNext(t, r, text)
	}
}

func followedTwice(t *testing.T, s FollowedHolder) {
	g := create(t, s, "metrics/x")
	defer g.Close()
	write(t, g, "one ")
	first := follow(t, s, "metrics/x")
	wantNext(t, first, "one ")
	write(t, g, "two")
	wantNext(t, follow(t, s, "metrics/x"), "one two")
	wantNext(t, first, "two")
}

func followedSealed(t *testing.T, s FollowedHolder) {
	g := create(t, s, "metrics/x")
	write(t, g, "one ")
	r := follow(t, s, "metrics/x")
	wantNext(t, r, "one ")
	write(t, g, "two")
	if _, err := g.Seal(t.Context(), "landing/x"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Follow(t.Context(), "metrics/x")
	wantCode(t, err, limnograph.CodeNotFound)
	if err := s.Delete(t.Context(), "landing/x"); err != nil {
		t.Fatal(err)
	}
	wantNext(t, r, "two")
}

func followedRemoved(t *testing.T, s FollowedHolder) {
	g := create(t, s, "metrics/x")
	write(t, g, "one")
	r := follow(t, s, "metrics/x")
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "metrics/x"); err != nil {
		t.Fatal(err)
	}
	wantNext(t, r, "one")
}

func followedTruncated(t *testing.T, s FollowedHolder) {
	g := create(t, s, "metrics/x")
	defer g.Close()
	write(t, g, "keep")
	r := follow(t, s, "metrics/x")
	wantNext(t, r, "keep")
	write(t, g, " torn")
	if err := g.Truncate(4); err != nil {
		t.Fatal(err)
	}
	wantNext(t, r, "")
	write(t, g, " this")
	wantNext(t, r, " this")
}

func followedRecovered(t *testing.T, s FollowedHolder) {
	g := create(t, s, "metrics/x")
	write(t, g, "one ")
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	r := follow(t, s, "metrics/x")
	wantNext(t, r, "one ")
	again, _ := recoverSegment(t, s, "metrics/x")
	defer again.Close()
	write(t, again, "two")
	wantNext(t, r, "two")
}

func followedConcurrently(t *testing.T, s FollowedHolder) {
	const rounds, text = 200, "0123456789"
	g := create(t, s, "metrics/x")
	r := follow(t, s, "metrics/x")
	var wg sync.WaitGroup
	wg.Go(func() {
		for range rounds {
			write(t, g, text)
			if err := g.Sync(); err != nil {
				t.Error(err)
			}
		}
		if _, err := g.Seal(t.Context(), "landing/x"); err != nil {
			t.Error(err)
		}
	})
	got := make([]byte, 0, rounds*len(text))
	for len(got) < cap(got) && !t.Failed() {
		n, err := r.Read(got[len(got):cap(got)])
		if got = got[:len(got)+n]; err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if string(got) != strings.Repeat(text, rounds) {
		t.Errorf("read %d bytes, not those that were written", len(got))
	}
}

func followMissing(t *testing.T, s FollowedHolder) {
	defer create(t, s, "metrics/x").Close()
	for _, name := range []string{"metrics/y", "metrics", "x"} {
		_, err := s.Follow(t.Context(), name)
		wantCode(t, err, limnograph.CodeNotFound)
	}
}

func followBadNames(t *testing.T, s FollowedHolder) {
	for _, name := range []string{"", "/x", "x/", "../x", "a/../b", "a//b"} {
		_, err := s.Follow(t.Context(), name)
		wantCode(t, err, limnograph.CodeInvalid)
	}
}

func followCancelled(t *testing.T, s FollowedHolder) {
	defer create(t, s, "metrics/x").Close()
	_, err := s.Follow(cancelledContext(t), "metrics/x")
	wantCode(t, err, limnograph.CodeTimeout)
}

func cancelledContext(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
