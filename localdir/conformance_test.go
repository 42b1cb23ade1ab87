package localdir_test

import (
	"testing"

	"limnograph"
	"limnograph/conformance"
	"limnograph/localdir"
)

func open(t *testing.T) *localdir.Store {
	t.Helper()
	s, err := localdir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestObjectStore(t *testing.T) {
	conformance.ObjectStore(t, func(t *testing.T) limnograph.ObjectStore { return open(t) })
}

func TestSegmentStore(t *testing.T) {
	conformance.SegmentStore(t, func(t *testing.T) conformance.SegmentHolder { return open(t) })
}

func TestRandomReader(t *testing.T) {
	conformance.RandomReader(t, func(t *testing.T) conformance.RandomHolder { return open(t) })
}

func TestSegmentFollower(t *testing.T) {
	conformance.SegmentFollower(t, func(t *testing.T) conformance.FollowedHolder { return open(t) })
}
