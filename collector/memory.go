package collector

import (
	"hash/fnv"
	"io"
	"sync"
	"time"

	"limnograph"
	"limnograph/record"
)

// runID is a hash of all that names a run.
type runID [16]byte

func idOf(k limnograph.RunKey) (id runID) {
	h := fnv.New128a()
	for _, part := range []string{k.AccountID, k.Region, k.JobName, k.RunID} {
		_, _ = io.WriteString(h, part)
		_, _ = h.Write([]byte{0})
	}
	h.Sum(id[:0])
	return id
}

// known is what is remembered of a run.
type known struct {
	api, event uint64 // digests of the statements that were landed last; 0: none was
	ended      int64  // when it ended by the API, milliseconds; 0: it has not
	published  kindSet
}

// memory remembers runs, at least the newest ones.
type memory struct {
	mu          sync.Mutex
	size        int
	now, before map[runID]known // before is forgotten when now is full
}

func newMemory(size int) *memory {
	return &memory{size: max(1, size/2), now: make(map[runID]known), before: make(map[runID]known)}
}

func (m *memory) get(id runID) (k known, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(id)
}

func (m *memory) find(id runID) (k known, ok bool) {
	if k, ok = m.now[id]; !ok {
		k, ok = m.before[id]
	}
	return k, ok
}

// update changes what is remembered of a run.
func (m *memory) update(id runID, change func(k *known)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, _ := m.find(id)
	change(&k)
	if len(m.now) >= m.size {
		m.now, m.before = make(map[runID]known), m.now
	}
	m.now[id] = k
}

// since returns the runs that ended after a time.
func (m *memory) since(t time.Time) map[runID]known {
	m.mu.Lock()
	defer m.mu.Unlock()
	newest := make(map[runID]known)
	for _, generation := range []map[runID]known{m.before, m.now} {
		for id, k := range generation {
			if k.ended >= t.UnixMilli() {
				newest[id] = k
			}
		}
	}
	return newest
}

// digestOf tells statements apart that say something else, whenever they were said.
func digestOf(r limnograph.JobRun) uint64 {
	r.ObservedAt = time.Unix(0, 0)
	h := fnv.New64a()
	_, _ = h.Write(record.EncodeRun(r))
	_, _ = h.Write(record.EncodeRunError(r))
	return max(1, h.Sum64())
}

func digestOfJob(j limnograph.Job) uint64 {
	j.ObservedAt = time.Unix(0, 0)
	h := fnv.New64a()
	_, _ = h.Write(record.EncodeJob(j))
	return max(1, h.Sum64())
}
