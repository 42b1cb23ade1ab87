package mem_test

import (
	"testing"

	"limnograph"
	"limnograph/conformance"
	"limnograph/mem"
)

func TestObjectStore(t *testing.T) {
	conformance.ObjectStore(t, func(*testing.T) limnograph.ObjectStore { return mem.New() })
}

func TestSegmentStore(t *testing.T) {
	conformance.SegmentStore(t, func(*testing.T) conformance.SegmentHolder { return mem.New() })
}
