package cataloging

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"limnograph"
	"limnograph/schema"
)

// maxReasons bounds what is said about one message: it may tell of thousands of objects.
const maxReasons = 5

// batch is what some messages want of the catalogue.
type batch struct {
	errs    []error // by message
	reasons []int   // by message: how many are in its error
	counts  Counts
	tables  map[string]wishes
}

// wishes are the partitions that are wanted of one table.
type wishes map[limnograph.Partition]*wanted

// wanted is one partition.
type wanted struct {
	keys     map[string]int // its objects, and how many events tell of each
	events   int            // that tell of objects which are not known to be gone
	messages []int          // that want it, ascending
}

func newBatch(messages int) *batch {
	return &batch{errs: make([]error, messages), reasons: make([]int, messages), tables: make(map[string]wishes)}
}

// sort puts an object of a message where it belongs: to its table and partition, or among those that are left out.
func (b *batch) sort(message int, key string) {
	table, part, reason := wish(key)
	if reason != "" {
		b.counts.Skip(reason, 1)
		return
	}
	if b.tables[table] == nil {
		b.tables[table] = make(wishes)
	}
	w := b.tables[table][part]
	if w == nil {
		w = &wanted{keys: make(map[string]int)}
		b.tables[table][part] = w
	}
	w.keys[key]++
	w.events++
	if n := len(w.messages); n == 0 || w.messages[n-1] != message {
		w.messages = append(w.messages, message)
	}
}

// wish returns the table and partition of an object, or why it is left out.
func wish(key string) (table string, p limnograph.Partition, reason Reason) {
	if reason := outside(key); reason != "" {
		return "", p, reason
	}
	table, p, err := placeOf(key)
	switch {
	case errors.Is(err, errName):
		return "", p, ReasonName
	case err != nil || !isTable(table):
		return "", p, ReasonMisplaced
	}
	return table, p, ""
}

// isTable reports whether a folder's name can be that of a table.
func isTable(name string) bool { return schema.Validate(schema.Unknown(name)) == nil }

// fail gives an error to every message that wants a partition.
func (b *batch) fail(w *wanted, err error) {
	for _, i := range w.messages {
		if b.reasons[i] < maxReasons && !errors.Is(b.errs[i], err) {
			b.errs[i] = join(b.errs[i], err)
			b.reasons[i]++
		}
	}
}

// join adds an error to those that a message has.
func join(have, err error) error {
	if have == nil {
		return err
	}
	return errors.Join(have, err)
}

// sorted returns the partitions by hour, then sender.
func (w wishes) sorted() []limnograph.Partition {
	return slices.SortedFunc(maps.Keys(w), func(a, b limnograph.Partition) int {
		return cmp.Or(a.Hour.Compare(b.Hour), strings.Compare(a.Sender, b.Sender))
	})
}
