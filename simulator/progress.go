package simulator

import "fmt"

// Progress tells a person how far a Player is.
type Progress struct {
	Label  string  // history, replay or live
	Done   float64 // 0 to 1
	Detail string  // such as "10 of 24 hours"
}

// Progress returns how far the player is. It is safe for concurrent use.
func (p *Player) Progress() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.progress
}

// begin shows a new phase.
func (p *Player) begin(label string, s span) {
	p.mu.Lock()
	p.progress.Label = label
	p.mu.Unlock()
	p.advance(s)
}

// advance shows how much of s is delivered.
func (p *Player) advance(s span) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Looked at under the lock: of two senders at the same time the later one must not show the older state.
	p.progress.Done, p.progress.Detail = describe(p.track.delivered(), s)
}

func describe(done minutes, s span) (share float64, detail string) {
	if s.until == endless {
		last, ok := done.last(s)
		if !ok {
			return 1, "waiting for the next minute"
		}
		return 1, "up to " + minuteTime(last).Format("2006-01-02 15:04 MST")
	}
	all := s.until - s.from
	if all == 0 {
		return 1, "nothing to deliver"
	}
	n := done.count(s)
	return float64(n) / float64(all), fmt.Sprintf("%s of %s hours", hours(n), hours(all))
}

// hours prints minutes as hours, with one decimal where it matters.
func hours(minutes int64) string {
	if minutes%60 == 0 || minutes > 600 {
		return fmt.Sprint((minutes + 30) / 60)
	}
	return fmt.Sprintf("%.1f", float64(minutes)/60)
}
