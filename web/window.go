package web

import (
	"fmt"
	"slices"
	"time"

	"limnograph"
	"limnograph/panel"
)

const (
	defaultSpan = 24 * time.Hour
	maxSpan     = 31 * 24 * time.Hour
	liveSlack   = 2 * time.Minute // a window that ends this near to now goes on with the clock
	history     = 26 * time.Hour  // what is read at least, to know what is usual
	headroom    = 2 * time.Hour   // what is read before the window, so that runs at its start are whole
)

// window is a time range that a request asks for. A live one ends now and moves on with the clock, so that all
// viewers of "the last 24 hours" share one result.
type window struct {
	from, to time.Time // fixed windows only
	span     time.Duration
	live     bool
}

// newWindow reads the query parameters from and to; zero means absent. A window that ends in the future ends now: it
// keeps its start. Errors: CodeInvalid.
func newWindow(from, to, now time.Time) (window, error) {
	live := to.IsZero() || to.After(now.Add(-liveSlack))
	if to.IsZero() || to.After(now) {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-defaultSpan)
	}
	span := to.Sub(from)
	if err := checkSpan(span); err != nil {
		return window{}, err
	}
	if live {
		return window{span: roundSpan(span), live: true}, nil
	}
	return window{from: from.UTC().Truncate(time.Minute), to: ceilMinute(to), span: span}, nil
}

func checkSpan(span time.Duration) error {
	if span <= 0 {
		return invalid("from must be before to, and in the past", "leave both out for the last 24 hours")
	}
	if span > maxSpan {
		return invalid(fmt.Sprintf("the range is longer than %d days", int(maxSpan.Hours()/24)), "ask for a shorter range")
	}
	return nil
}

// roundSpan hides the jitter of clients that compute both ends from their clock.
func roundSpan(span time.Duration) time.Duration {
	step := time.Minute
	if span > 2*time.Hour {
		step = 5 * time.Minute
	}
	return max(step, span.Round(step))
}

func ceilMinute(t time.Time) time.Time {
	return t.UTC().Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
}

// key names the window in the cache.
func (w window) key() string {
	if w.live {
		return "live " + w.span.String()
	}
	return w.from.Format(time.RFC3339) + " " + w.to.Format(time.RFC3339)
}

// at fixes the window for a query at now.
func (w window) at(now time.Time) (from, to time.Time) {
	if !w.live {
		return w.from, w.to
	}
	to = ceilMinute(now)
	return to.Add(-w.span), to
}

// moment is the window of the fleet panel with what is known of the published data.
func (w window) moment(now, newest, asOf time.Time) panel.Moment {
	from, to := w.at(now)
	m := panel.Moment{AsOf: asOf, NewestDatapoint: newest, From: from, To: to}
	m.ReadFrom = from.Add(-headroom)
	if oldest := to.Add(-history); oldest.Before(m.ReadFrom) {
		m.ReadFrom = oldest
	}
	return m
}

// glueTable is the table of the datapoints, curated or from landing.
const glueTable = "glue_metrics"

// lacks reports whether it is known that something that a panel reads is not published. Where somebody else writes the
// catalogue, it may appear long after the start.
func (s *Server) lacks(p panel.Panel, files *limnograph.FileSet) bool {
	return files != nil && slices.ContainsFunc(p.Tables, func(name string) bool {
		return !slices.ContainsFunc(files.Tables, func(t limnograph.TableFiles) bool {
			return t.Schema.Table == name && t.Snapshot != nil || t.Schema.FlatView() == name && t.Schema.Records == nil
		})
	})
}

// newestGlue returns the newest datapoint that the panels see.
func (s *Server) newestGlue(f fresh) time.Time {
	if s.cfg.Panels == panel.Flat {
		return f.newest[limnograph.Schema{Table: glueTable}.RawTable()]
	}
	return f.newest[glueTable]
}

func invalid(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Message: message, Hint: hint}
}
