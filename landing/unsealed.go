package landing

// SealedBelow returns the sequence below which no object begins any more but those that are sealed: a listing that
// starts after the call finds all of them. An import counts from its beginning: its objects come into old hours, with
// sequences between those of others.
func (l *Lander) SealedBelow() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	below := l.seq.next
	for _, g := range l.open {
		below = min(below, g.first)
	}
	for _, g := range l.retired {
		below = min(below, g.first)
	}
	for _, im := range l.book.imports {
		if im.taken > 0 { // else its first one is still to be taken
			below = min(below, im.taken)
		}
		for _, firsts := range im.firsts {
			for _, first := range firsts {
				below = min(below, first)
			}
		}
	}
	return below
}
