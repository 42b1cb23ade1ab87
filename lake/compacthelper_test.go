package lake_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"limnograph"
)

func sorted(texts []string) []string { return slices.Sorted(slices.Values(texts)) }

// content reads an object.
func (w *world) content(t testing.TB, key string) []byte {
	t.Helper()
	r, err := w.store.Open(t.Context(), key)
	must(t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	must(t, err)
	return b
}

// corrupt damages a file in its middle; heal undoes it.
func (w *world) corrupt(t testing.TB, f limnograph.DataFile) {
	t.Helper()
	good := w.content(t, f.Key)
	bad := slices.Clone(good)
	for i := 4; i < len(bad)/2; i++ {
		bad[i] ^= 0x55
	}
	w.overwrite(t, f.Key, bad)
	w.healing = func() { w.overwrite(t, f.Key, good) }
}

func (w *world) heal(t testing.TB) {
	t.Helper()
	w.healing()
}

func (w *world) overwrite(t testing.TB, key string, content []byte) {
	t.Helper()
	_, err := w.store.Put(t.Context(), key, bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)
}

// dropFiles commits the table without its data files and with its ledger, as no part of the product does.
func (w *world) dropFiles(t testing.TB) {
	t.Helper()
	s, err := w.snapshots.Current(t.Context(), table)
	must(t, err)
	_, err = w.snapshots.Commit(t.Context(), table, s.ID, limnograph.TableChange{Remove: s.Files, Properties: s.Properties})
	must(t, err)
	w.start(t)
}
