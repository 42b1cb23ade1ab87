package simulator

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"limnograph"
)

// track remembers what was acknowledged. It is safe for concurrent use.
type track struct {
	fleet string
	keep  Checkpoint // nil: in memory alone

	mu    sync.Mutex
	from  int64 // first minute that is to be delivered
	done  minutes
	parts []part
}

// part is a batch of which some requests were acknowledged.
type part struct {
	batch batch
	acked int
}

// saved is the form of the checkpoint.
type saved struct {
	Fleet     string      `json:"fleet"`
	From      time.Time   `json:"from"`
	Delivered []savedSpan `json:"delivered"`
	Partial   []savedPart `json:"partial,omitempty"`
}

type savedSpan [2]time.Time

type savedPart struct {
	Minutes      []savedSpan `json:"minutes"`
	Acknowledged int         `json:"acknowledged"` // requests of the batch
}

// load reads the checkpoint of an earlier process. Errors: CodeConflict (another fleet), CodeInvalid (damaged).
func (t *track) load(from int64) error {
	t.from = from
	if t.keep == nil {
		return nil
	}
	text, err := t.keep.Load()
	if err != nil {
		return fmt.Errorf("load checkpoint: %w", err)
	}
	if text == nil {
		return nil
	}
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		return &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "load checkpoint", Message: "the checkpoint is damaged",
			Hint: "remove it to deliver everything again", Err: err,
		}
	}
	if s.Fleet != t.fleet {
		return &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "load checkpoint",
			Message: fmt.Sprintf("the checkpoint belongs to another fleet (%s, now %s)", s.Fleet, t.fleet),
			Hint:    "start with the same seed, jobs and accounts, or in another directory",
		}
	}
	t.restore(&s)
	return nil
}

func (t *track) restore(s *saved) {
	t.from = min(t.from, minuteFrom(s.From))
	t.done = restoreSpans(s.Delivered)
	for _, p := range s.Partial {
		t.parts = append(t.parts, part{batch{restoreSpans(p.Minutes)}, p.Acknowledged})
	}
}

func restoreSpans(spans []savedSpan) (m minutes) {
	for _, s := range spans {
		m.add(span{minuteFrom(s[0]), minuteFrom(s[1])})
	}
	return m
}

func saveSpans(m minutes) []savedSpan {
	out := make([]savedSpan, 0, len(m))
	for _, s := range m {
		out = append(out, savedSpan{minuteTime(s.from), minuteTime(s.until)})
	}
	return out
}

// acknowledge notes that acked of the total requests of a batch are safe.
func (t *track) acknowledge(b batch, acked, requests int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget(b)
	if acked < requests {
		t.parts = append(t.parts, part{b, acked})
	} else {
		for _, s := range b.minutes {
			t.done.add(s)
		}
	}
	return t.save()
}

func (t *track) forget(b batch) {
	for i := range t.parts {
		if t.parts[i].batch.minutes[0] == b.minutes[0] {
			t.parts = append(t.parts[:i], t.parts[i+1:]...)
			return
		}
	}
}

func (t *track) save() error {
	if t.keep == nil {
		return nil
	}
	s := saved{Fleet: t.fleet, From: minuteTime(t.from), Delivered: saveSpans(t.done)}
	for _, p := range t.parts {
		s.Partial = append(s.Partial, savedPart{saveSpans(p.batch.minutes), p.acked})
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	if err := t.keep.Save(append(text, '\n')); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}

func (t *track) delivered() minutes {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append(minutes(nil), t.done...)
}

// unfinished takes out the batches of which a part was acknowledged.
func (t *track) unfinished() []part {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]part(nil), t.parts...)
}
