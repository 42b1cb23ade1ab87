package firehose

import (
	"sync"

	"limnograph/metricstream"
)

// maxIdleBytes bounds the memory of all idle workspaces together: room for a dozen deliveries of Firehose's default
// size (5 MiB), whatever the number of cores.
const maxIdleBytes = 128 << 20

// workspaces keeps idle workspaces, with their warm interning tables, within a budget of bytes.
type workspaces struct {
	tableOf func(namespace string) string

	mu    sync.Mutex
	idle  []*workspace
	bytes int
}

func newWorkspaces(tableOf func(string) string) *workspaces { return &workspaces{tableOf: tableOf} }

// take returns the workspace that was used last, whose memory is the warmest.
func (p *workspaces) take() *workspace {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return &workspace{splitter: metricstream.NewSplitter(p.tableOf)}
	}
	w := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	p.bytes -= w.size
	return w
}

// put keeps w unless the budget is spent.
func (p *workspaces) put(w *workspace) {
	w.size = w.measure()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+w.size <= maxIdleBytes {
		p.bytes += w.size
		p.idle = append(p.idle, w)
	}
}

// Rough sizes of what a workspace holds beside its buffers.
const (
	workspaceSize = 256 << 10 // inflater, wire buffer, interning tables
	rejectSize    = 128
)

// measure tells about how much memory w holds.
func (w *workspace) measure() int {
	n := workspaceSize + cap(w.body) + cap(w.record) + rejectSize*cap(w.rejects)
	for _, p := range w.splitter.Parts() {
		n += cap(p.Lines)
	}
	for _, r := range w.splitter.Rejects() {
		n += rejectSize + cap(r.Raw)
	}
	return n
}
