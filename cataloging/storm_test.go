package cataloging_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/mem"
	"limnograph/objectkey"
	"limnograph/schema"
)

// cloud is a store and a catalogue behind an interface that throttles 5 % of the calls, and loses the answer of 2 % of
// those that it carries out. It is used as aws/glue uses Glue: a throttled call is tried three times in all (the SDK tries
// more often); a write whose answer was lost is looked up before it is repeated; what exists is not written; a write
// takes at most a hundred partitions.
type cloud struct {
	store *mem.Store
	cat   *mem.Catalog

	mu     sync.Mutex
	rand   *rand.Rand
	has    map[string]bool // the folders of the partitions in cat
	reads  int
	writes int // attempts, throttled ones too
	gaveUp int
}

const (
	throttled = 0.05
	lost      = 0.02
	attempts  = 3
)

func (c *cloud) roll(write bool) (p float64, latency time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if write {
		c.writes++
	} else {
		c.reads++
	}
	return c.rand.Float64(), time.Duration(5+c.rand.IntN(60)) * time.Millisecond
}

// call makes one call to the service. Reads are repeated like throttled writes when their answer is lost.
func (c *cloud) call(ctx context.Context, write bool, do func() error) error {
	for range attempts {
		p, latency := c.roll(write)
		time.Sleep(latency)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case p < throttled:
			continue
		}
		err := do()
		switch {
		case p >= throttled+lost:
			return err
		case write:
			return errLost
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gaveUp++
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "call"}
}

var errLost = errors.New("the answer was lost")

func (c *cloud) EnsureTable(ctx context.Context, s limnograph.Schema) (changed bool, err error) {
	for {
		exists := false
		err := c.call(ctx, false, func() error {
			tables, err := c.cat.Tables(ctx)
			exists = slices.ContainsFunc(tables, func(have limnograph.Schema) bool { return have.Table == s.Table })
			return err
		})
		if err != nil || exists {
			return changed, err
		}
		err = c.call(ctx, true, func() error {
			_, err := c.cat.EnsureTable(ctx, s)
			return err
		})
		if err == nil || !errors.Is(err, errLost) {
			return true, err
		}
		changed = true
	}
}

func (c *cloud) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (added int, err error) {
	for {
		var missing []limnograph.Partition
		err := c.call(ctx, false, func() error {
			c.mu.Lock()
			defer c.mu.Unlock()
			missing = slices.DeleteFunc(slices.Clone(parts), func(p limnograph.Partition) bool { return c.has[objectkey.Folder(table, p)] })
			return nil
		})
		if err != nil || len(missing) == 0 {
			return added, err
		}
		missing = missing[:min(100, len(missing))]
		if err := c.call(ctx, true, func() error { return c.create(ctx, table, missing) }); err != nil && !errors.Is(err, errLost) {
			return added, err
		}
		added += len(missing)
	}
}

func (c *cloud) create(ctx context.Context, table string, parts []limnograph.Partition) error {
	if _, err := c.cat.AddPartitions(ctx, table, parts); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range parts {
		c.has[objectkey.Folder(table, p)] = true
	}
	return nil
}

func (c *cloud) Open(ctx context.Context, key string) (r io.ReadCloser, err error) {
	err = c.call(ctx, false, func() error {
		r, err = c.store.Open(ctx, key)
		return err
	})
	return r, err
}

func (c *cloud) Stat(ctx context.Context, key string) (info limnograph.ObjectInfo, err error) {
	err = c.call(ctx, false, func() error {
		info, err = c.store.Stat(ctx, key)
		return err
	})
	return info, err
}

func (c *cloud) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	return c.store.List(ctx, prefix, after)
}

// queue delivers at least once, in any order; what fails comes again.
type queue struct {
	mu       sync.Mutex
	rand     *rand.Rand
	messages [][]string // keys
	inFlight int
	received int
}

// take returns up to ten messages, nil when all are dealt with.
func (q *queue) take() [][]string {
	for {
		q.mu.Lock()
		n := min(10, len(q.messages))
		taken := slices.Clone(q.messages[:n])
		q.messages = q.messages[n:]
		q.inFlight += n
		q.received += n
		done := n == 0 && q.inFlight == 0
		q.mu.Unlock()
		if n > 0 || done {
			return taken
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// answer takes back what failed, at any place.
func (q *queue) answer(taken [][]string, errs []error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inFlight -= len(taken)
	for i, m := range taken {
		if errs[i] != nil {
			q.messages = append(q.messages, m)
			j := q.rand.IntN(len(q.messages))
			q.messages[j], q.messages[len(q.messages)-1] = q.messages[len(q.messages)-1], q.messages[j]
		}
	}
}

// fleet fills a store, and returns a shuffled notification for each of its objects, twice, among others that are not for
// the catalogue, and the partitions that the objects make.
func fleet(t testing.TB, store *mem.Store, random *rand.Rand, objects int) (messages [][]string, truth map[string]bool) {
	truth = make(map[string]bool)
	for i := range objects {
		table, sender := []string{"glue_metrics", "ebs_metrics", "other_metrics"}[i%3], fmt.Sprint("sender-", i%4)
		l := objectkey.Landing{Table: table, Sender: sender, Stream: "s", Arrival: noon.Add(-time.Duration(i%173) * time.Hour), Sequence: uint64(i)}
		if _, err := store.Put(t.Context(), l.Key(), strings.NewReader("x"), limnograph.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		truth[l.Key()[:strings.LastIndex(l.Key(), "/")+1]] = true
		messages = append(messages, []string{l.Key()}, []string{l.Key()})
		switch i % 100 {
		case 0:
			messages = append(messages, nil, []string{"errors/glue_metrics/processing-failed/x.gz"})
		case 1:
			messages = append(messages, []string{strings.Replace(l.Key(), "year=2026", "year=2025", 1)}) // gone
		}
	}
	random.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	return messages, truth
}

// folders lists the partitions of a catalogue by their folder.
func folders(t testing.TB, cat *mem.Catalog) map[string]bool {
	found := make(map[string]bool)
	tables, err := cat.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range tables {
		parts, err := cat.Partitions(t.Context(), s.Table)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			found[objectkey.Folder(s.Table, p)] = true
		}
	}
	return found
}

func TestStormOfNotifications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const objects = 50_000 // each notified twice
		c := &cloud{store: mem.New(), cat: mem.NewCatalog(), has: make(map[string]bool), rand: rand.New(rand.NewPCG(7, 1))}
		if _, err := c.store.Put(t.Context(), ebsFile, strings.NewReader(ebsSchema), limnograph.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		messages, truth := fleet(t, c.store, c.rand, objects)
		q := &queue{rand: rand.New(rand.NewPCG(7, 2)), messages: messages}
		sent := len(messages)
		var wg sync.WaitGroup
		var mu sync.Mutex
		total := map[string]int{}
		for range 16 {
			wg.Go(func() {
				defs := cataloging.NewStoredDefinitions(c, "schemas/", schema.Builtin(), cataloging.DefinitionsConfig{})
				h := cataloging.NewHandler(c, c, defs, cataloging.HandlerConfig{})
				for taken := q.take(); len(taken) > 0; taken = q.take() {
					batch := make([][]limnograph.ObjectEvent, len(taken))
					for i, keys := range taken {
						batch[i] = message(keys...)
					}
					errs, counts := h.Catalogue(t.Context(), batch)
					q.answer(taken, errs)
					mu.Lock()
					total["failed"] += counts.Failed
					total["gone"] += counts.Skipped[cataloging.ReasonGone]
					total["error output"] += counts.Skipped[cataloging.ReasonErrorOutput]
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if diff := cmp.Diff(truth, folders(t, c.cat)); diff != "" {
			t.Errorf("catalogue (-truth +got):\n%.2000s", diff)
		}
		t.Logf("%d partitions, %d messages, %d received, %v; %d reads, %d writes, %d calls given up",
			len(truth), sent, q.received, total, c.reads, c.writes, c.gaveUp)
		if limit := len(truth) * 11 / 10; c.writes > limit {
			t.Errorf("%d write calls for %d partitions", c.writes, len(truth))
		}
		if q.received-total["failed"] != sent {
			t.Errorf("%d messages were received and %d failed, of %d", q.received, total["failed"], sent)
		}
		if total["failed"] == 0 || c.gaveUp == 0 || total["gone"] < objects/100 || total["error output"] != objects/100 {
			t.Errorf("the storm was too mild: %v", total)
		}
		if len(truth) != 3*4*173 {
			t.Errorf("%d partitions: %v", len(truth), slices.Sorted(maps.Keys(truth))[:3])
		}
	})
}
