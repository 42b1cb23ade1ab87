package cataloging

import (
	"strings"

	"limnograph/objectkey"
)

// Reason says why an object is not catalogued. It is no error: such objects are expected.
type Reason string

// The reasons.
const (
	ReasonErrorOutput Reason = "error_output" // Data Firehose put it aside, below errors/
	ReasonQuarantine  Reason = "quarantine"   // landing put it aside
	ReasonRunRecords  Reason = "run_records"  // it lies below landing/runs/, which has no table in the catalogue
	ReasonForeign     Reason = "foreign"      // it lies outside of landing, or in another bucket
	ReasonMisplaced   Reason = "misplaced"    // it lies inside, and its folders name no table and partition
	ReasonName        Reason = "name"         // its name is none that the engines read: *.gz, without _ or . before it
	ReasonRemoved     Reason = "removed"      // the event says that it is gone
	ReasonGone        Reason = "gone"         // it was gone when its partition was to be registered
)

// Reasons lists all reasons, in a fixed order.
func Reasons() []Reason {
	return []Reason{ReasonErrorOutput, ReasonQuarantine, ReasonRunRecords, ReasonForeign, ReasonMisplaced, ReasonName, ReasonRemoved, ReasonGone}
}

// Counts say what one step did. The zero value is ready for use. Reconcile, which has no messages, counts a partition that
// failed as Failed, and as Objects one object of each partition that is registered.
type Counts struct {
	Messages   int            `json:"messages"`          // messages handled, failed ones too
	Failed     int            `json:"failed"`            // messages that failed
	Objects    int            `json:"objects"`           // objects that are catalogued now, counted once for each event
	Partitions int            `json:"partitionsAdded"`   // partitions that the catalogue did not have
	Tables     int            `json:"tablesChanged"`     // tables created or changed
	Lists      int            `json:"listCalls"`         // calls that listed the store
	Skipped    map[Reason]int `json:"leftOut,omitempty"` // objects that were left out
}

// Skip counts n objects that were left out.
func (c *Counts) Skip(r Reason, n int) {
	if n == 0 {
		return
	}
	if c.Skipped == nil {
		c.Skipped = make(map[Reason]int)
	}
	c.Skipped[r] += n
}

// outside says why a key is outside of landed metrics; "" for one inside.
func outside(key string) Reason {
	switch {
	case strings.HasPrefix(key, objectkey.MetricsPrefix):
		return ""
	case strings.HasPrefix(key, objectkey.ErrorsPrefix):
		return ReasonErrorOutput
	case strings.HasPrefix(key, objectkey.QuarantinePrefix):
		return ReasonQuarantine
	case strings.HasPrefix(key, objectkey.RunsPrefix):
		return ReasonRunRecords
	}
	return ReasonForeign
}
