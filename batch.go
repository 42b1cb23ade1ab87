package limnograph

import "time"

// Batch is one delivery, checked and split by table, ready to be landed. It is acknowledged as a whole or not at
// all.
type Batch struct {
	Sender    string // who delivered: access-key name (embedded) or delivering account (AWS)
	Stream    string // delivery stream that the sender names
	RequestID string
	Arrival   time.Time // when it arrived; imported objects: the time in their key
	// Attributes are what the sender attached to the whole delivery (Firehose's common attributes); nil when it
	// sent none. They belong to the batch, not to its lines.
	Attributes map[string]string
	Parts      []Part
	Rejects    []Reject
}

// Part is the share of a batch that goes to one table: canonical metric-stream lines, or run records, each a JSON object
// ended by '\n'.
type Part struct {
	Table   string // curated table name, such as glue_metrics; lands under landing/metrics/<Table>/, a record table under landing/runs/<Table>/
	Lines   []byte // NDJSON; landing may keep a reference until Append returns
	Count   int    // number of lines
	MinTime int64  // smallest and greatest datapoint timestamp, of records when they were observed; milliseconds since the epoch
	MaxTime int64
}

// Reject is a piece of a delivery that is no datapoint. It is kept in quarantine with its reason.
type Reject struct {
	Reason string // stable snake_case word, such as invalid_json, missing_metric_name, foreign_account
	Detail string // for a person: what is wrong
	Record int    // index of the record in the delivery
	Offset int    // byte offset in the decoded record
	Raw    []byte // the bytes as they came (after base64)
}
