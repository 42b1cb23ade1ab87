package landing

// RememberMost makes a feed remember at most n objects of a backlog, of tables that it has not read yet.
func (f *Feed) RememberMost(n int) { f.most = n }
