package landing

import (
	"encoding/json"
	"io"
	"time"

	"limnograph"
)

// rejectLine is how a reject stands in quarantine, one JSON object a line.
type rejectLine struct {
	Reason    string `json:"reason"`
	Detail    string `json:"detail"`
	Sender    string `json:"sender"`
	Stream    string `json:"stream"`
	RequestID string `json:"request_id"`
	Arrival   string `json:"arrival"`
	Record    int    `json:"record"`
	Offset    int    `json:"offset"`
	Raw       []byte `json:"raw_base64"`

	Attributes map[string]string `json:"attributes,omitempty"` // of the batch, on its first reject
}

// writeRejects writes the rejects of a batch as lines.
func writeRejects(w io.Writer, b *limnograph.Batch) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	arrival := b.Arrival.UTC().Format(time.RFC3339Nano)
	for i, r := range b.Rejects {
		line := rejectLine{r.Reason, r.Detail, b.Sender, b.Stream, b.RequestID, arrival, r.Record, r.Offset, r.Raw, nil}
		if i == 0 {
			line.Attributes = b.Attributes
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// rejectBytes estimates, from above, what the rejects of a batch take in quarantine.
func rejectBytes(b *limnograph.Batch) (n int64) {
	if len(b.Rejects) == 0 {
		return 0
	}
	for k, v := range b.Attributes {
		n += int64(len(k) + len(v) + 8)
	}
	for _, r := range b.Rejects {
		n += int64(len(r.Raw)/3*4 + len(r.Reason) + len(r.Detail) + len(b.Sender) + len(b.Stream) + len(b.RequestID) + 256)
	}
	return n
}
