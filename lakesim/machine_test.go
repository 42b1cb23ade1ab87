package lakesim_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/iceberg"
	"limnograph/lake"
	"limnograph/landing"
	"limnograph/localdir"
	"limnograph/mem"
)

// machine is landing and the lake over any stores, for tests that tell one story. Its clock moves by hand.
type machine struct {
	t      testing.TB
	stores stores
	tables limnograph.SnapshotStore
	clock  time.Time
	lives  byte
	lander *landing.Lander
	feed   *landing.Feed
	lake   *lake.Lake
	sender *sender
	reader *reader
}

// onMemory returns a machine over memory, and its memory.
func onMemory(t testing.TB) (*machine, *mem.Store, *mem.Snapshots) {
	t.Helper()
	m := newMachine(t)
	s := mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(1, 1)), Now: m.now})
	x := mem.NewSnapshots(s)
	m.stores, m.tables = s, x
	m.start()
	return m, s, x
}

// onDisk returns a machine over files and Iceberg, and its directory.
func onDisk(t testing.TB) (*machine, string) {
	t.Helper()
	m, root := newMachine(t), t.TempDir()
	s, err := localdir.Open(root)
	m.must(err)
	m.stores, m.tables = s, openTables(t, root, s)
	m.start()
	return m, root
}

func openTables(t testing.TB, root string, objects limnograph.ObjectStore) *iceberg.Store {
	t.Helper()
	x, err := iceberg.Open(context.Background(), iceberg.Config{Root: root, Objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func newMachine(t testing.TB) *machine {
	return &machine{t: t, clock: start(), sender: newSender(rand.New(rand.NewPCG(1, 2))), reader: newReader()}
}

func (m *machine) now() time.Time { return m.clock }

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// start begins a process, whatever became of the one before.
func (m *machine) start() {
	m.t.Helper()
	m.lives++
	var err error
	m.lander, err = landing.New(context.Background(), m.stores, m.stores, nil, landing.Config{Now: m.now})
	m.must(err)
	m.feed = landing.NewFeed(m.lander, m.stores)
	m.t.Cleanup(func() { _ = m.feed.Close() })
	cfg := lake.Config{Now: m.now, Rand: rand.NewChaCha8([32]byte{m.lives})}
	m.lake, err = lake.New(m.stores, m.tables, m.feed, func() []limnograph.Schema { return []limnograph.Schema{glue()} }, cfg)
	m.must(err)
	m.must(m.lake.Open(context.Background()))
}

// say makes a statement about a datapoint of series number n.
func (m *machine) say(series int, at time.Time, count float64) int {
	s := statement{number: len(m.sender.sent), series: m.sender.series[series], ts: at.UnixMilli(), count: count, reported: 15}
	m.sender.sent = append(m.sender.sent, s)
	return s.number
}

// send delivers statements under the id of a request.
func (m *machine) send(id string, numbers ...int) {
	m.t.Helper()
	_, batch := m.sender.begin(m.clock.Truncate(time.Millisecond), id, numbers)
	m.must(m.lander.Append(context.Background(), batch))
}

// curate takes in what has landed; the statements of known keys are held.
func (m *machine) curate() {
	m.t.Helper()
	for more := true; more; {
		var err error
		more, err = m.lake.Curate(context.Background(), table)
		m.must(err)
	}
}

// merge lets time pass, and merges what is held.
func (m *machine) merge() {
	m.t.Helper()
	m.clock = m.clock.Add(2 * time.Hour)
	_, err := m.lake.Compact(context.Background(), table)
	m.must(err)
}

func (m *machine) published() limnograph.Snapshot {
	m.t.Helper()
	s := m.lake.Snapshots().Tables[table]
	if s == nil {
		m.t.Fatal("the table is not published")
	}
	return *s
}

// rows reads the published table.
func (m *machine) rows() map[columns.Key]found {
	m.t.Helper()
	rows, err := m.reader.table(m.stores, m.published().Files)
	m.must(err)
	return rows
}

// want compares the published table with statements.
func (m *machine) want(numbers ...int) {
	m.t.Helper()
	got := map[int]bool{}
	for _, row := range m.rows() {
		got[row.number] = true
	}
	want := map[int]bool{}
	for _, n := range numbers {
		want[n] = true
	}
	if fmt.Sprint(sorted(got)) != fmt.Sprint(sorted(want)) {
		m.t.Errorf("the table has the statements %v, want %v", sorted(got), sorted(want))
	}
}

// wantTruth compares the published table with all that landed.
func (m *machine) wantTruth() {
	m.t.Helper()
	m.must(m.lander.Seal(context.Background()))
	landed, err := readTruth(m.stores)
	m.must(err)
	if d := differences(m.rows(), m.sender.fold(landed, (&world{sids: map[string]int64{}}).keyOf)); d != "" {
		m.t.Errorf("the table is not what landed: %s", d)
	}
}
