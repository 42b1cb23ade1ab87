package cataloging_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"limnograph"
	"limnograph/cataloging"
)

// refusing is a store that gives nothing for a while.
type refusing struct {
	limnograph.ObjectReader
	until time.Time
}

func (r refusing) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if time.Now().Before(r.until) {
		return nil, &limnograph.Error{Code: limnograph.CodeForbidden, Message: "the credentials have expired"}
	}
	return r.ObjectReader.Open(ctx, key)
}

func TestBoundsAreReadOnceTheStoreAnswersAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.land(time.Now().Add(-time.Minute), zip(t, line(5)))
		store := refusing{w.store, time.Now().Add(10 * time.Minute)}
		w.worker = cataloging.New(store, w.cat, w.cat, w.known, cataloging.Config{})
		w.load()
		stop := w.run()
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		if got := w.files()[0].Lines; got != 0 {
			t.Errorf("%d lines while nothing could be read", got)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := w.files()[0].Lines; got != 1 {
			t.Errorf("%d lines once it could be read, want 1", got)
		}
		stop()
	})
}
