package lakesim_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/lake"
	"limnograph/mem"
)

// onBoth tells a story over memory and over Iceberg files.
func onBoth(t *testing.T, story func(m *machine)) {
	t.Run("Memory", func(t *testing.T) {
		m, _, _ := onMemory(t)
		story(m)
	})
	t.Run("Iceberg", func(t *testing.T) {
		m, _ := onDisk(t)
		story(m)
	})
}

// A request id says nothing: whatever comes under it is landed, and each datapoint counts once.
func TestSameRequestIdDifferentBody(t *testing.T) {
	onBoth(t, func(m *machine) {
		a, b, better := m.say(0, start(), 1), m.say(1, start(), 1), m.say(0, start(), 2)
		m.send("r", a)
		m.send("r", b)
		m.send("r", a, b)
		m.curate()
		m.want(a, b)
		m.send("r", better)
		m.curate()
		m.want(a, b) // held: never twice
		m.merge()
		m.want(better, b)
		m.wantTruth()
	})
}

// A batch that comes again an hour later, and lands in another object, does not undo a restatement that came between.
func TestRedeliveryAcrossHourBoundaryAfterRestatement(t *testing.T) {
	onBoth(t, func(m *machine) {
		m.clock = start().Truncate(time.Hour).Add(59 * time.Minute)
		minute := m.clock.Truncate(time.Minute)
		first, restated := m.say(0, minute, 1), m.say(0, minute, 2)
		m.send("first", first)
		m.curate()
		m.send("restated", restated)
		m.curate()
		m.want(first)
		m.merge()
		m.want(restated)
		m.must(m.lander.Seal(context.Background()))
		m.send("first", first) // in another hour, with a greater position
		m.curate()
		m.want(restated)
		m.start()
		m.merge()
		m.want(restated)
		m.wantTruth()
	})
}

// A metric without dimensions has a series like any other, and is told apart from one with.
func TestDimensionlessMetric(t *testing.T) {
	onBoth(t, func(m *machine) {
		const bare = 4 // of the sender's series
		if !strings.Contains(m.sender.series[bare], `"dimensions":{}`) {
			t.Fatal("the series has dimensions")
		}
		a, with, restated := m.say(bare, start(), 1), m.say(3, start(), 1), m.say(bare, start(), 3)
		m.send("a", a, with)
		m.curate()
		m.want(a, with)
		m.send("b", restated, a)
		m.curate()
		m.merge()
		m.want(restated, with)
		m.wantTruth()
	})
}

// Another tool commits to the table: its snapshot is walked back and counted, nobody who reads here sees it, and the rows
// are exact afterwards.
func TestSnapshotByForeignWriter(t *testing.T) {
	onBoth(t, func(m *machine) {
		a, b, c := m.say(0, start(), 1), m.say(1, start(), 1), m.say(2, start(), 1)
		m.send("a", a)
		m.curate()
		m.send("b", b)
		m.curate()
		for range 2 { // it deletes a file, twice
			now, err := m.tables.Current(context.Background(), table)
			m.must(err)
			_, err = m.tables.Commit(context.Background(), table, now.ID, limnograph.TableChange{Remove: now.Files[:min(1, len(now.Files))]})
			m.must(err)
		}
		m.want(a, b)
		m.send("c", c)
		_, err := m.lake.Curate(context.Background(), table)
		if limnograph.ErrorCode(err) != limnograph.CodeConflict {
			t.Fatalf("a commit on a base that is not the newest one: %v", err)
		}
		m.curate()
		m.want(a, b, c)
		now, err := m.tables.Current(context.Background(), table)
		m.must(err)
		if now.ID != m.published().ID {
			t.Errorf("snapshot %d is the newest one, %d is published", now.ID, m.published().ID)
		}
		m.wantTruth()
	})
}

// The same at a start, with the count.
func TestSnapshotByForeignWriterIsCounted(t *testing.T) {
	m, _, _ := onMemory(t)
	a := m.say(0, start(), 1)
	m.send("a", a)
	m.curate()
	for range 2 {
		now, err := m.tables.Current(context.Background(), table)
		m.must(err)
		_, err = m.tables.Commit(context.Background(), table, now.ID, limnograph.TableChange{})
		m.must(err)
	}
	registry := prometheus.NewRegistry()
	l, err := lake.New(m.stores, m.tables, m.feed, func() []limnograph.Schema { return []limnograph.Schema{glue()} }, lake.Config{Now: m.now, Registerer: registry})
	m.must(err)
	m.must(l.Open(context.Background()))
	m.lake = l
	m.want(a)
	all, err := registry.Gather()
	m.must(err)
	for _, family := range all {
		if family.GetName() == "limno_lake_foreign_snapshots_total" {
			if n := family.GetMetric()[0].GetCounter().GetValue(); n != 2 {
				t.Errorf("%v foreign snapshots are counted", n)
			}
			return
		}
	}
	t.Error("nothing is counted")
}

// The power goes while a commit is between its new metadata and the pointer to it, or just behind.
func TestPowerLossBetweenMetadataAndPointer(t *testing.T) {
	t.Run("Memory", func(t *testing.T) {
		outcomes := map[bool]bool{}
		for step := range 24 {
			m, s, _ := onMemory(t)
			a, b := m.say(0, start(), 1), m.say(1, start(), 1)
			m.send("a", a)
			m.curate()
			m.send("b", b)
			s.CrashAfter(step)
			_, err := m.lake.Curate(context.Background(), table)
			if err != nil && !errors.Is(err, mem.ErrPowerLost) {
				t.Fatal(err)
			}
			s.PowerCut()
			m.start()
			if err == nil {
				m.want(a, b) // what was published is durable
			}
			outcomes[len(m.rows()) == 2] = true
			m.curate()
			m.want(a, b)
			m.wantTruth()
		}
		if len(outcomes) != 2 {
			t.Errorf("outcomes %v", outcomes)
		}
	})
	t.Run("MetadataIsThereAndThePointerIsOld", func(t *testing.T) {
		m, root := onDisk(t)
		a, b := m.say(0, start(), 1), m.say(1, start(), 1)
		m.send("a", a)
		m.curate()
		m.must(m.tables.(interface{ Close() error }).Close())
		catalog := filepath.Join(root, "lake", "catalog.db")
		old, err := os.ReadFile(catalog)
		m.must(err)
		m.tables = openTables(t, root, m.stores)
		m.start()
		m.send("b", b)
		m.curate()
		m.want(a, b)
		m.must(m.tables.(interface{ Close() error }).Close())
		m.must(os.WriteFile(catalog, old, 0o600)) // the last transaction did not reach the disk
		m.tables = openTables(t, root, m.stores)
		m.start()
		m.want(a)
		m.curate()
		m.want(a, b)
		m.wantTruth()
	})
	for name, spoil := range map[string]func(path string) error{
		"ThePointerIsNewAndMetadataIsGone":  os.Remove,
		"ThePointerIsNewAndMetadataIsEmpty": func(path string) error { return os.WriteFile(path, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			m, root := onDisk(t)
			a, b := m.say(0, start(), 1), m.say(1, start(), 1)
			m.send("a", a)
			m.curate()
			m.send("b", b)
			m.curate()
			m.want(a, b)
			m.must(m.tables.(interface{ Close() error }).Close())
			m.must(spoil(newestMetadata(t, root)))
			m.tables = openTables(t, root, m.stores)
			m.start()
			m.want(a)
			m.curate()
			m.want(a, b)
			m.wantTruth()
		})
	}
}

// newestMetadata returns the path of a table's metadata file with the greatest version.
func newestMetadata(t testing.TB, root string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(root, "lake", table, "metadata", "*.metadata.json"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no metadata: %v", err)
	}
	slices.Sort(all)
	return all[len(all)-1]
}

// meddled is a snapshot store with another tool at work, right behind the first roll-back.
type meddled struct {
	limnograph.SnapshotStore
	after func()
}

func (m *meddled) RollBack(ctx context.Context, name string, id int64) error {
	err := m.SnapshotStore.RollBack(ctx, name, id)
	if m.after != nil {
		m.after()
		m.after = nil
	}
	return err
}

// The other tool rolls the table further back while we walk back past its snapshot: the ledger is that of the state that
// is there then, not of the one that was looked for.
func TestSnapshotByForeignWriterWhileItIsWalkedBack(t *testing.T) {
	m, _, x := onMemory(t)
	a, b := m.say(0, start(), 1), m.say(1, start(), 1)
	m.send("a", a)
	m.curate()
	first := m.published().ID
	m.send("b", b)
	m.curate()
	_, err := x.Commit(context.Background(), table, m.published().ID, limnograph.TableChange{})
	m.must(err)
	m.tables = &meddled{x, func() { m.must(x.RollBack(context.Background(), table, first)) }}
	m.start()
	m.want(a)
	m.curate()
	m.want(a, b)
	m.wantTruth()
}
