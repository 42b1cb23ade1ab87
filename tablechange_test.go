package limnograph_test

import (
	"slices"
	"testing"

	"limnograph"
)

// What a change may not do stands in the conformance suite of snapshot stores.
func TestTableChangeApply(t *testing.T) {
	file := func(name string) limnograph.DataFile {
		return limnograph.DataFile{Key: limnograph.DataPrefix("t") + name, Size: 1, Rows: 1, MinTime: 86_400_000, MaxTime: 86_400_000*2 - 1}
	}
	before := []limnograph.DataFile{file("b"), file("d"), file("f")}
	given := slices.Clone(before)
	change := limnograph.TableChange{Add: []limnograph.DataFile{file("e"), file("a")}, Remove: []limnograph.DataFile{file("d")}}
	after, err := change.Apply("t", before)
	want := []limnograph.DataFile{file("a"), file("b"), file("e"), file("f")}
	if err != nil || !slices.Equal(after, want) || !slices.Equal(before, given) {
		t.Errorf("after %v, %v", after, err)
	}
	if _, err := change.Apply("other", before); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("a file of another table: %v", err)
	}
}
