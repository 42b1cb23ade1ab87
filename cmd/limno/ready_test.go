package main

import (
	"strings"
	"testing"

	"limnograph"
	"limnograph/schema"
)

// A table whose landed data nobody can see is named; one that is empty, or being filled, is not.
func TestATableWithoutSnapshotIsNotReady(t *testing.T) {
	landed := []limnograph.File{{Key: "a"}}
	for name, c := range map[string]struct {
		table limnograph.TableFiles
		ready bool
	}{
		"LandedAndCurated":     {limnograph.TableFiles{Files: landed, Snapshot: &limnograph.Snapshot{ID: 7}}, true},
		"LandedAndBeingFilled": {limnograph.TableFiles{Files: landed, Snapshot: &limnograph.Snapshot{}}, true},
		"NothingLanded":        {limnograph.TableFiles{}, true},
		"LandedAndNotOpened":   {limnograph.TableFiles{Files: landed}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.table.Schema = schema.Builtin()[0]
			set := &limnograph.FileSet{Tables: []limnograph.TableFiles{c.table}}
			err := curatedTables(func() *limnograph.FileSet { return set })(t.Context())
			if (err == nil) != c.ready {
				t.Errorf("ready: %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), c.table.Schema.Table) {
				t.Errorf("%v does not name the table", err)
			}
		})
	}
	if err := curatedTables(func() *limnograph.FileSet { return nil })(t.Context()); err != nil {
		t.Error(err)
	}
}
