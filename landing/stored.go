package landing

import (
	"iter"

	"limnograph"
)

// stored are the compressed bytes of one kind. Objects are counted in the store from time to time, since others delete
// them; segments are this lander's alone.
type stored struct {
	segments int64 // bytes in segments
	objects  int64 // bytes in objects
	sealed   int64 // bytes that have moved from segments to objects, ever
}

func (s *stored) total() int64 { return s.segments + s.objects }

// move notes that segments of so many bytes have become objects of so many, which may be fewer, or none.
func (s *stored) move(segments, objects int64) {
	s.segments -= segments
	s.objects += objects
	s.sealed += objects
}

// recounted takes the bytes of objects that a listing has found. What was sealed since it began, when sealed was
// before, is added: the listing may have missed it, and to count too much until the next one is harmless.
func (s *stored) recounted(found, before int64) { s.objects = found + s.sealed - before }

// total sums the sizes of objects.
func total(objects iter.Seq2[limnograph.ObjectInfo, error]) (sum int64, err error) {
	for info, err := range objects {
		if err != nil {
			return 0, err
		}
		sum += info.Size
	}
	return sum, nil
}
