package trino

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
)

// watch is what the requests of one query tell about it: the page that was asked for last, and the statistics of the
// newest answer. The client's own progress callback drops updates, so that the last one may be missing.
type watch struct {
	mu       sync.Mutex // guards what follows
	page     string     // the address to end the query at, empty before the first page
	finished bool       // the server has given its last page
	bytes    int64      // physical input so far
}

type watchKey struct{}

func withWatch(ctx context.Context, w *watch) context.Context {
	return context.WithValue(ctx, watchKey{}, w)
}

// unfinished returns the address to end the query at, and "" when nothing runs.
func (w *watch) unfinished() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.finished {
		return ""
	}
	return w.page
}

// id is the query's name on the server, empty before it has one.
func (w *watch) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, rest, _ := strings.Cut(w.page, statementPath)
	parts := strings.Split(rest, "/")
	if len(parts) < 3 { // queued or executing, the id, a slug
		return ""
	}
	return parts[2]
}

func (w *watch) scanned() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes
}

func (w *watch) asked(page string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.page = page
}

// answered takes what a page says. A whole page without nextUri is the last one.
func (w *watch) answered(head, tail []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := nextPage(head)
	if next != "" {
		w.page = next
	}
	if n, ok := physicalInput(tail); ok {
		w.bytes = n
		w.finished = next == ""
	}
}

const (
	statementPath = "/v1/statement"
	// headBytes and tailBytes are enough of a page for its address and its statistics: what stands between are rows.
	headBytes = 4 << 10
	tailBytes = 256 << 10
)

// nextPage finds the address of the page after this one in the beginning of an answer.
func nextPage(head []byte) string {
	_, rest, found := bytes.Cut(head, []byte(`"nextUri":"`))
	if !found {
		return ""
	}
	address, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return ""
	}
	return string(address)
}

// physicalInput finds the statistics in the end of an answer. They follow the rows, and a quotation mark within a
// row's text has a backslash before it, so the last match is theirs.
func physicalInput(tail []byte) (int64, bool) {
	at := bytes.LastIndex(tail, []byte(`"stats":{`))
	if at < 0 {
		return 0, false
	}
	var stats struct {
		PhysicalInputBytes int64 `json:"physicalInputBytes"`
	}
	err := json.NewDecoder(bytes.NewReader(tail[at+len(`"stats":`):])).Decode(&stats)
	return stats.PhysicalInputBytes, err == nil
}
