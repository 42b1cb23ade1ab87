package landing

import (
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/mem"
)

// A panic while a batch is compressed, which the server's handler survives, must not block the segments it had a place in.
func TestAPanicWhileCompressingBlocksNothing(t *testing.T) {
	s := mem.New()
	l, err := New(t.Context(), s, s, nil, Config{})
	if err != nil {
		t.Fatal(err)
	}
	b := &limnograph.Batch{Sender: "a", Stream: "s", Arrival: time.Unix(0, 0)}
	for _, table := range []string{"x", "y"} {
		b.Parts = append(b.Parts, limnograph.Part{Table: table, Lines: []byte("{\"a\":1}\n"), Count: 1})
	}
	l.members.writers.New = func() any { return (*gzip.Writer)(nil) } // its use panics
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = l.Append(t.Context(), b)
	}()
	l.members.writers.New = nil
	for _, g := range l.open {
		if len(g.queue) != 0 || g.open != 0 {
			t.Fatalf("%d members block segment %s", len(g.queue), g.name) // and Append would wait for ever
		}
	}
	if err := l.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := l.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}
