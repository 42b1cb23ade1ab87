package lake

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"limnograph"
	"limnograph/columns"
)

// The properties of our snapshots.
const (
	markProperty   = limnograph.MarkProperty
	heldProperty   = limnograph.PropertyPrefix + "held"
	commitProperty = limnograph.PropertyPrefix + "commit"
	layoutProperty = limnograph.PropertyPrefix + "layout"
	movedProperty  = limnograph.PropertyPrefix + "moved"
	rolledProperty = limnograph.PropertyPrefix + "rolled"
)

// Ledger is what a snapshot says about itself: which landed batches it covers. It is part of the snapshot, so a table
// that is rolled back takes its ledger with it.
type Ledger struct {
	Mark   string     // of the feed: batches that are in the table or in a held file
	Held   []HeldFile // statements that wait to be merged, oldest file first
	Commit string     // names the commit, so that its outcome can be found out
	Moved  moved      // of limnograph.OtherTable: what a rebuild has moved to tables of their own
	Rolled int64      // of limnograph.RunsTable: the snapshot of the datapoints that its roll-ups are of; 0: none

	Arrival int64 // of the newest batch in the mark, milliseconds since the epoch; 0: unknown
}

// HeldFile is a Parquet file of statements whose keys the table has already: the next compaction merges them.
type HeldFile struct {
	Key     string `json:"key"`
	Size    int64  `json:"size"`
	Rows    int64  `json:"rows"`
	MinTime int64  `json:"min"`   // smallest and greatest ts, milliseconds since the epoch
	MaxTime int64  `json:"max"`   //
	Since   int64  `json:"since"` // when it was written, milliseconds since the epoch
}

// WrittenAt returns when the file was written.
func (h HeldFile) WrittenAt() time.Time { return time.UnixMilli(h.Since).UTC() }

// LedgerOf reads the ledger of a snapshot. ok is false for a snapshot that somebody else wrote. The table without a
// snapshot has an empty ledger. Errors: CodeInvalid (properties that are ours and can't be read, or of a newer layout).
func LedgerOf(s limnograph.Snapshot) (l Ledger, ok bool, err error) {
	if s.ID == 0 {
		return Ledger{}, true, nil
	}
	mark, ok := s.Properties[markProperty]
	if !ok {
		return Ledger{}, false, nil
	}
	l = Ledger{Mark: mark, Commit: s.Properties[commitProperty]}
	l.Rolled, _ = strconv.ParseInt(s.Properties[rolledProperty], 10, 64)              // without it all is rolled up again
	l.Arrival, _ = strconv.ParseInt(s.Properties[limnograph.ArrivalProperty], 10, 64) // for people: a table without it is whole
	if err := checkLayout(s.Properties[layoutProperty]); err != nil {
		return Ledger{}, true, err
	}
	if err := json.Unmarshal([]byte(s.Properties[heldProperty]), &l.Held); err != nil {
		return Ledger{}, true, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read ledger", Message: heldProperty + " of snapshot " + strconv.FormatInt(s.ID, 10), Err: err}
	}
	return l, true, l.readMoved(s)
}

func (l *Ledger) readMoved(s limnograph.Snapshot) error {
	text, ok := s.Properties[movedProperty]
	if !ok {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &l.Moved); err != nil {
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read ledger", Message: movedProperty + " of snapshot " + strconv.FormatInt(s.ID, 10), Err: err}
	}
	return nil
}

func checkLayout(text string) error {
	version, err := strconv.Atoi(text)
	if err != nil || version < 1 || version > columns.LayoutVersion {
		return &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "read ledger",
			Message: fmt.Sprintf("the table has layout %q, this version reads 1 to %d", text, columns.LayoutVersion),
			Hint:    "run the version of limno that wrote it, or a later one",
		}
	}
	return nil
}

// properties is the inverse of LedgerOf.
func (l Ledger) properties() (map[string]string, error) {
	held, err := json.Marshal(append([]HeldFile{}, l.Held...))
	if err != nil {
		return nil, err
	}
	all := map[string]string{
		markProperty: l.Mark, heldProperty: string(held), commitProperty: l.Commit,
		layoutProperty: strconv.Itoa(columns.LayoutVersion), limnograph.ArrivalProperty: strconv.FormatInt(l.Arrival, 10),
	}
	if l.Rolled != 0 {
		all[rolledProperty] = strconv.FormatInt(l.Rolled, 10)
	}
	if len(l.Moved) > 0 {
		moved, err := json.Marshal(l.Moved)
		if err != nil {
			return nil, err
		}
		all[movedProperty] = string(moved)
	}
	return all, nil
}

// heldRows counts the statements that wait.
func (l Ledger) heldRows() (n int64) {
	for _, h := range l.Held {
		n += h.Rows
	}
	return n
}
