package landing

import (
	"sync/atomic"

	"limnograph/objectkey"
)

// maxEnded bounds what the book remembers for a feed that is not read: one that is later looks at the store again.
const maxEnded = 10_000

// book is what a Lander remembers for its feed: where the batches of a table are that are not, or not long since, in
// objects. The Lander's mutex guards it.
type book struct {
	tables  map[string]*tableBook
	imports map[string]*importNote // by hash, those that may still bring objects
}

// tableBook is the book of one table.
type tableBook struct {
	waiting atomic.Int64 // lines made durable since the last Read
	watched bool         // ended is kept
	ended   []ending
}

// ending is an object that came into being.
type ending struct {
	key   string
	first uint64
	size  int64 // bytes that count; as far as a segment's were acknowledged
}

// importNote is an import that has begun.
type importNote struct {
	taken  uint64              // the last of them, with which any table's next object may begin; 0: none yet
	firsts map[string][]uint64 // by table: first sequences of the objects that it will bring
}

func newBook() book { return book{tables: map[string]*tableBook{}, imports: map[string]*importNote{}} }

func (b *book) table(name string) *tableBook {
	t := b.tables[name]
	if t == nil {
		t = &tableBook{}
		b.tables[name] = t
	}
	return t
}

// end notes an object. When nobody comes for what was noted, all of it is forgotten.
func (t *tableBook) end(e ending) {
	if !t.watched {
		return
	}
	if t.ended = append(t.ended, e); len(t.ended) > maxEnded {
		t.watched, t.ended = false, nil
	}
}

// liveSegment is a segment that takes batches or waits to be sealed.
type liveSegment struct {
	name, key string
	first     uint64
	acked     int64 // bytes
}

// picture is where the batches of a table are at one moment.
type picture struct {
	through uint64 // the last sequence that was handed out
	live    []liveSegment
	ended   []ending // since the last picture
	pending []uint64 // first sequences of objects that imports will bring
	gap     bool     // ended is not all: the store must be looked at
}

// waiting counts the lines of a table that were made durable and that its feed has not read.
func (l *Lander) waiting(table string) *atomic.Int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &l.book.table(table).waiting
}

// picture takes one, and resets what it tells of.
func (l *Lander) picture(table string) picture {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.book.table(table)
	p := picture{through: l.seq.next - 1, ended: t.ended, gap: !t.watched}
	t.ended, t.watched = nil, true
	for _, g := range l.open {
		p.addSegment(g, table)
	}
	for _, g := range l.retired {
		p.addSegment(g, table)
	}
	for _, im := range l.book.imports {
		p.pending = append(append(p.pending, im.firsts[table]...), im.taken) // 0 before the first one, which is no sequence
	}
	return p
}

func (p *picture) addSegment(g *segment, table string) {
	if g.at.table == table {
		p.live = append(p.live, liveSegment{g.name, g.key, g.first, g.state().synced})
	}
}

// importBegins notes an import before it takes its first sequence.
func (l *Lander) importBegins(sum string) *importNote {
	l.mu.Lock()
	defer l.mu.Unlock()
	note := &importNote{firsts: map[string][]uint64{}}
	l.book.imports[sum] = note
	return note
}

// importSegment notes that an object of an import will begin with the last sequence that the import took.
func (l *Lander) importSegment(note *importNote, table string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	note.firsts[table] = append(note.firsts[table], note.taken)
}

// importFailed forgets an import that will bring nothing.
func (l *Lander) importFailed(sum string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.book.imports, sum)
}

// importEnds notes the objects of a finished import.
func (l *Lander) importEnds(r *receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.book.imports, r.SHA256)
	for _, p := range r.Objects {
		if named, err := objectkey.ParseLanding(p.Key); err == nil {
			t := l.book.table(named.Table)
			t.waiting.Add(p.Lines)
			t.end(ending{p.Key, named.Sequence, p.Size})
		}
	}
}
