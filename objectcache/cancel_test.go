package objectcache_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"limnograph"
	"limnograph/objectcache"
)

// A query that is given up leaves nothing, and does not take the download away from another one.
func TestCancelledDownload(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 10)
	started := make(chan struct{}, 2)
	f.store.between(func(ctx context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		started <- struct{}{}
		<-ctx.Done()
		return nil, errors.Join(ctx.Err(), r.Close())
	})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, _, err := f.Hold(ctx, []limnograph.File{a})
		failed <- err
	}()
	<-started
	cancel()
	code(t, <-failed, limnograph.CodeUnavailable)
	f.store.between(nil)
	f.holds(a)
	f.restart() // waits for what was given up
	if left, err := os.ReadDir(filepath.Join(f.dir, ".tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if got := f.Stats(); got.Objects != 1 || got.Bytes != 10 {
		t.Errorf("stats %+v", got)
	}
}

func TestOneLeavesTheOtherStays(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 10)
	started, gate := make(chan struct{}, 2), make(chan struct{})
	f.store.between(func(ctx context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		started <- struct{}{}
		select {
		case <-gate:
			return r, nil
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), r.Close())
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	left, stayed := make(chan error), make(chan struct{})
	go func() {
		_, _, err := f.Hold(ctx, []limnograph.File{a})
		left <- err
	}()
	<-started
	go func() {
		defer close(stayed)
		f.holds(a)
	}()
	cancel()
	code(t, <-left, limnograph.CodeUnavailable)
	close(gate)
	<-stayed
}

func TestErrClosed(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 10)
	started := make(chan struct{})
	f.store.between(func(ctx context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		close(started)
		<-ctx.Done()
		return nil, errors.Join(ctx.Err(), r.Close())
	})
	failed := make(chan error)
	go func() {
		_, _, err := f.Hold(t.Context(), []limnograph.File{a})
		failed <- err
	}()
	<-started
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	code(t, <-failed, limnograph.CodeUnavailable)
	_, _, err := f.Hold(t.Context(), nil)
	code(t, err, limnograph.CodeUnavailable)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
