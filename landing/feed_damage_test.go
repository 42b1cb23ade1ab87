package landing_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

// An object that ends before it should counts as damaged, whether or not its content reads well that far. Of a packed one
// what it was made of is read, as far as it is still there, also over restarts.
func TestTheFeedReadsAroundObjectsThatEndEarly(t *testing.T) {
	for name, tt := range map[string]struct {
		objects map[string][]byte
		lines   int
		damaged float64
		log     string
	}{
		"Empty":             {map[string][]byte{lostKey(3, 0): nil}, 0, 1, "is not curated"},
		"EmptyPacked":       {map[string][]byte{lostKey(3, 6): nil}, 0, 1, "is not curated"},
		"CutPacked":         {map[string][]byte{lostKey(3, 6): batchesOf(t, 3, 4, 5)}, 3, 1, "is not curated"},
		"EmptyWithItsParts": {map[string][]byte{lostKey(3, 6): nil, lostKey(3, 0): batchesOf(t, 3, 4), lostKey(5, 0): batchesOf(t, 5, 6)}, 4, 1, "are read instead"},
		"CutWithItsParts": {map[string][]byte{
			lostKey(3, 6): batchesOf(t, 3, 4), lostKey(3, 0): batchesOf(t, 3, 4, 5), lostKey(6, 0): batchesOf(t, 6), lostKey(8, 0): batchesOf(t, 8),
		}, 5, 1, "are read instead"},
		"TornWithALaterPart": {map[string][]byte{
			lostKey(3, 6): append(batchesOf(t, 3, 4), "torn"...), lostKey(5, 0): batchesOf(t, 5), lostKey(6, 0): batchesOf(t, 6),
		}, 4, 1, "are read instead"},
		"BothDamaged": {map[string][]byte{lostKey(3, 6): nil, lostKey(3, 0): nil, lostKey(5, 0): batchesOf(t, 5, 6)}, 2, 2, "are read instead"},
		"Whole":       {map[string][]byte{lostKey(3, 6): batchesOf(t, 3, 4, 5, 6), lostKey(3, 0): batchesOf(t, 3, 4)}, 4, 0, ""},
	} {
		for _, step := range []int64{0, 1} { // at once; or a batch at a time, the first ones each in another process
			t.Run(name, func(t *testing.T) {
				s, registry := mem.New(), prometheus.NewRegistry()
				for key, content := range tt.objects {
					putObject(t, s, key, content)
				}
				var log bytes.Buffer
				cfg := landing.Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Registerer: registry}
				r := newReader(t, newLander(t, s, cfg, nil), s)
				for lives, more := 0, r.read(step); more; more = r.read(step) {
					if lives++; lives > 3 { // of a packed object no mark says how far it was read
						continue
					}
					got, mark := r.got, r.mark
					cfg.Registerer = nil
					r = newReader(t, newLander(t, s, cfg, nil), s)
					r.got, r.mark = got, mark
				}
				r.wantNew(0, tt.lines)
				if !strings.Contains(log.String(), tt.log) {
					t.Errorf("log %q", log.String())
				}
				if step == 0 {
					if n := counted(t, registry, "limno_landing_feed_damaged_objects_total"); n != tt.damaged {
						t.Errorf("%v damaged objects are counted", n)
					}
				}
				for key := range tt.objects {
					if l, err := objectkey.ParseLanding(key); err != nil || !landing.Covers(r.mark, l) {
						t.Errorf("%s is not covered by %s", key, r.mark)
					}
				}
			})
		}
	}
}
