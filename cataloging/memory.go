package cataloging

import (
	"container/list"
	"reflect"
	"sync"
	"time"

	"limnograph"
)

// memory is what a Handler remembers between batches, so that what is done already costs no call. It is safe for
// concurrent use.
type memory struct {
	limit int           // partitions
	ttl   time.Duration // of a table

	mu         sync.Mutex
	tables     map[string]ensured
	partitions map[registered]*list.Element
	used       *list.List // of registered, the most recently used first
}

// ensured is a table that the catalogue has.
type ensured struct {
	schema limnograph.Schema
	at     time.Time
}

// registered is a partition that the catalogue has.
type registered struct {
	table string
	part  limnograph.Partition
}

func newMemory(limit int, ttl time.Duration) *memory {
	return &memory{
		limit: limit, ttl: ttl,
		tables: make(map[string]ensured), partitions: make(map[registered]*list.Element), used: list.New(),
	}
}

// has reports whether a partition is known to be registered.
func (m *memory) has(table string, p limnograph.Partition) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.partitions[registered{table, p}]
	if e != nil {
		m.used.MoveToFront(e)
	}
	return e != nil
}

// add remembers partitions; the least recently used ones are forgotten for them.
func (m *memory) add(table string, parts []limnograph.Partition) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range parts {
		key := registered{table, p}
		if m.partitions[key] == nil {
			m.partitions[key] = m.used.PushFront(key)
		}
	}
	for m.used.Len() > m.limit {
		m.drop(m.used.Back())
	}
}

func (m *memory) drop(e *list.Element) {
	if key, ok := m.used.Remove(e).(registered); ok {
		delete(m.partitions, key)
	}
}

// isEnsured reports whether a table is known to be as its definition says.
func (m *memory) isEnsured(s limnograph.Schema, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, known := m.tables[s.Table]
	return known && now.Sub(t.at) < m.ttl && reflect.DeepEqual(t.schema, s)
}

// ensure remembers that a table is as its definition says. A table that had to be changed though its definition did not
// was dropped by somebody, and its partitions with it.
func (m *memory) ensure(s limnograph.Schema, now time.Time, changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if have, known := m.tables[s.Table]; changed && known && reflect.DeepEqual(have.schema, s) {
		m.forgetLocked(s.Table)
	}
	m.tables[s.Table] = ensured{schema: s, at: now}
}

// forget drops a table and its partitions: somebody else removed it from the catalogue.
func (m *memory) forget(table string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgetLocked(table)
}

func (m *memory) forgetLocked(table string) {
	delete(m.tables, table)
	for e := m.used.Front(); e != nil; {
		next := e.Next()
		if key, ok := e.Value.(registered); ok && key.table == table {
			m.drop(e)
		}
		e = next
	}
}
