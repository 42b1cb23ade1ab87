package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progressLine shows how far a long job is: one line that is redrawn on a terminal, a line now and then elsewhere.
type progressLine struct {
	w        io.Writer
	now      func() time.Time
	terminal bool
	last     time.Time
}

func newProgressLine(w io.Writer, now func() time.Time) *progressLine {
	return &progressLine{w: w, now: now, terminal: isTerminal(w)}
}

// show draws the state unless it was drawn a moment ago.
func (p *progressLine) show(done float64, detail string) {
	every := 5 * time.Second
	if p.terminal {
		every = 100 * time.Millisecond
	}
	if now := p.now(); now.Sub(p.last) >= every || done >= 1 {
		p.last = now
		p.draw(done, detail)
	}
}

func (p *progressLine) draw(done float64, detail string) {
	const width = 28
	filled := min(width, max(0, int(done*width)))
	line := fmt.Sprintf("[%s%s] %3.0f%%  %s", strings.Repeat("#", filled), strings.Repeat(".", width-filled), done*100, detail)
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[2K%s", line)
		return
	}
	fmt.Fprintln(p.w, line)
}

// end replaces the line by the outcome.
func (p *progressLine) end(outcome string) {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[2K")
	}
	fmt.Fprintln(p.w, outcome)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func decodeJSON(r io.Reader, v any) error {
	if err := json.NewDecoder(r).Decode(v); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
