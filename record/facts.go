package record

import (
	"cmp"

	"limnograph"
)

// facts gives access to what a row knows, and computes what follows from it. Nothing of that is stored: it is computed
// anew from the merged fields.
type facts struct {
	row    *Row
	stated [64]*cell // by number
	rolled rollup
	states history
}

func (r *Row) facts() *facts {
	f := &facts{row: r}
	for i := range r.cells {
		c := &r.cells[i]
		f.stated[c.number] = c
		switch value := c.value.(type) {
		case rollup:
			f.rolled = value
		case history:
			f.states = value
		}
	}
	return f
}

// value returns what a column shows.
func (f *facts) value(c *column) any {
	switch {
	case c.derive != nil:
		return c.derive(f)
	case c.slot > 0:
		return f.rolled.at(c.slot)
	case c.number > 0:
		return f.shown(c.number)
	}
	return nil
}

// shown returns a field as its column shows it.
func (f *facts) shown(number uint8) any {
	c := f.stated[number]
	if c == nil {
		return nil
	}
	if h, ok := c.value.(history); ok {
		return h.text()
	}
	return c.value
}

func (f *facts) text(number uint8) string {
	if c := f.stated[number]; c != nil {
		value, _ := c.value.(string)
		return value
	}
	return ""
}

func (f *facts) long(number uint8) (int64, bool) {
	if c := f.stated[number]; c != nil {
		value, ok := c.value.(int64)
		return value, ok
	}
	return 0, false
}

func (f *facts) double(number uint8) (float64, bool) {
	if c := f.stated[number]; c != nil {
		value, ok := c.value.(float64)
		return value, ok
	}
	return 0, false
}

// state is that of the merged statements, unless a metric alone tells of the end.
func (f *facts) state() limnograph.RunState {
	told := limnograph.RunState(f.text(runState))
	published, _ := f.rolled.at(slotState).(string)
	if !told.IsTerminal() && limnograph.RunState(published).IsTerminal() {
		return limnograph.RunState(published)
	}
	return cmp.Or(told, limnograph.RunState(published), limnograph.RunUnknown)
}

func (f *facts) stateValue() any { return string(f.state()) }

func (f *facts) errorCategory() any {
	if told := f.shown(runErrorCategory); told != nil {
		return told
	}
	return f.rolled.at(slotErrorCategory)
}
