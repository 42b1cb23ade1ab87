package lakesim_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"limnograph"
	"limnograph/iceberg"
	"limnograph/localdir"
	"limnograph/mem"
)

// stores are what a process runs on.
type stores interface {
	limnograph.ObjectStore
	limnograph.RandomReader
	limnograph.SegmentStore
	limnograph.SegmentFollower
}

// ground is the machine that a world runs on: it outlives the process.
type ground interface {
	stores
	snapshots() limnograph.SnapshotStore
	peek() []limnograph.Snapshot       // the table's history; no step, and never fails
	crashAfter(g *gate, steps int)     // turns the power off after some steps
	restart(power bool)                // what the machine does when the process has ended
	damage(newest limnograph.Snapshot) // spoils the metadata of the newest snapshot
	exact() bool                       // damage leaves exactly the snapshot before
	loseLake()                         // deletes all curated tables, with their catalogue
	close()
}

// memory is a ground that forgets what was not synced.
type memory struct {
	*mem.Store
	tables *mem.Snapshots
}

func newMemory(seed uint64, now func() time.Time) *memory {
	s := mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(seed, 6)), Now: now})
	return &memory{s, mem.NewSnapshots(s)}
}

func (m *memory) snapshots() limnograph.SnapshotStore { return m.tables }
func (m *memory) peek() []limnograph.Snapshot         { return m.tables.Peek(table) }
func (m *memory) crashAfter(_ *gate, steps int)       { m.CrashAfter(steps) }
func (m *memory) damage(newest limnograph.Snapshot)   { m.tables.Damage(table, newest.ID) }
func (m *memory) exact() bool                         { return true }
func (m *memory) close()                              {}

func (m *memory) restart(power bool) {
	if power {
		m.PowerCut()
		return
	}
	m.Kill()
}

func (m *memory) loseLake() {
	for info, err := range m.List(context.Background(), "lake/", "") {
		if err == nil {
			_ = m.Delete(context.Background(), info.Key)
		}
	}
	m.tables = mem.NewSnapshots(m.Store)
}

// directory is a ground of real files and Iceberg tables. Its power never fails, but a process is killed, and leaves
// everything open.
type directory struct {
	*localdir.Store
	root   string
	rand   *rand.ChaCha8
	now    func() time.Time
	tables *iceberg.Store
	left   []*iceberg.Store
	spoils int
}

func newDirectory(root string, seed uint64, now func() time.Time) *directory {
	d := &directory{root: root, rand: rand.NewChaCha8([32]byte{1, byte(seed), byte(seed >> 8)}), now: now}
	d.open()
	return d
}

func (d *directory) open() {
	var err error
	if d.Store, err = localdir.Open(d.root); err == nil {
		d.tables, err = iceberg.Open(context.Background(), iceberg.Config{Root: d.root, Objects: d.Store, Now: d.now, Random: d.rand})
	}
	if err != nil {
		panic(err)
	}
	d.left = append(d.left, d.tables)
}

func (d *directory) snapshots() limnograph.SnapshotStore { return d.tables }
func (d *directory) crashAfter(g *gate, steps int)       { g.crashAfter(steps) }
func (d *directory) restart(bool)                        { d.open() }
func (d *directory) exact() bool                         { return false }

func (d *directory) peek() []limnograph.Snapshot {
	all, err := d.tables.History(context.Background(), table)
	if err != nil {
		return nil
	}
	return all
}

// damage spoils the newest metadata file, each time in another way.
func (d *directory) damage(limnograph.Snapshot) {
	all, err := filepath.Glob(filepath.Join(d.root, "lake", table, "metadata", "*.metadata.json"))
	if err != nil || len(all) == 0 {
		panic("no metadata")
	}
	newest := all[len(all)-1]
	switch d.spoils++; d.spoils % 3 {
	case 0:
		err = os.Remove(newest)
	case 1:
		err = os.Truncate(newest, 0)
	default:
		err = os.Truncate(newest, 100)
	}
	if err != nil {
		panic(err)
	}
	d.open()
}

func (d *directory) loseLake() {
	if err := os.RemoveAll(filepath.Join(d.root, "lake")); err != nil {
		panic(err)
	}
	d.open()
}

func (d *directory) close() {
	for _, t := range d.left {
		_ = t.Close()
	}
}
