package landing

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"limnograph"
	"limnograph/compression"
	"limnograph/objectkey"
)

// The states of a receipt. Before "planned" an import has left nothing but segments that recovery removes; from then
// on its segments are complete and durable, and whoever finds the receipt finishes it.
const (
	statePlanned = "planned"
	stateDone    = "done"
)

// receipt is the durable record of an import, stored under the hash of the imported bytes. It makes an import
// all-or-nothing, and the second import of the same bytes change nothing.
type receipt struct {
	State    string             `json:"state"`
	SHA256   string             `json:"sha256"`
	Name     string             `json:"name"` // under which the object was imported first
	Format   compression.Format `json:"format"`
	Arrival  time.Time          `json:"arrival"`
	Lines    int64              `json:"lines"`
	Rejected int64              `json:"rejected"`
	First    uint64             `json:"first_sequence,omitempty"` // the sequences used, First to Last; 0: none
	Last     uint64             `json:"last_sequence,omitempty"`
	Objects  []planned          `json:"objects,omitempty"`
}

// planned is one segment of an import and the object that it becomes.
type planned struct {
	Segment string `json:"segment"`
	Key     string `json:"key"`
	Size    int64  `json:"size"`
	Lines   int64  `json:"lines"`
	MinTime int64  `json:"min_time"`
	MaxTime int64  `json:"max_time"`
}

func (p planned) quarantined() bool { return strings.HasPrefix(p.Key, objectkey.QuarantinePrefix) }

func receiptKey(sum string) string { return objectkey.ImportsPrefix + sum + ".json" }

// readReceipt returns the receipt for a hash, or nil. Receipts are replaced in one step, so a damaged one is a defect.
func readReceipt(ctx context.Context, objects limnograph.ObjectReader, sum string) (*receipt, error) {
	r, err := objects.Open(ctx, receiptKey(sum))
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var found receipt
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInternal, Op: "read receipt of import", Message: receiptKey(sum) + " is damaged", Err: err}
	}
	return &found, nil
}

func writeReceipt(ctx context.Context, objects limnograph.ObjectWriter, r *receipt) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = objects.Put(ctx, receiptKey(r.SHA256), bytes.NewReader(append(text, '\n')), limnograph.PutOptions{})
	return err
}
