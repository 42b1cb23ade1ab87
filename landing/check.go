package landing

import (
	"fmt"

	"limnograph"
	"limnograph/metricstream"
)

// opLand is the action that errors about a batch name.
const opLand = "land batch"

// check refuses a batch that can never land, before anything of it is written. Its lines are checked when they get
// their positions.
func check(b *limnograph.Batch) error {
	lines := 0
	for _, p := range b.Parts {
		if p.Table == "" {
			return invalid(limnograph.CodeInvalid, "a part names no table", "")
		}
		lines += p.Count
	}
	switch {
	case lines > metricstream.MaxBatchLines:
		return invalid(limnograph.CodeTooLarge, fmt.Sprintf("%d datapoints in one batch", lines), "send at most 16777216")
	case b.Arrival.IsZero():
		return invalid(limnograph.CodeInvalid, "the arrival time is missing", "")
	case b.Arrival.Year() < 1 || b.Arrival.Year() > 9999:
		return invalid(limnograph.CodeInvalid, "the arrival time is beyond any calendar: "+b.Arrival.String(), "")
	case b.Sender == "" || escapedLen(b.Sender) > maxSender:
		return invalid(limnograph.CodeInvalid, fmt.Sprintf("sender name %.50q", b.Sender), "name the access key with 1 to 64 characters")
	}
	return nil
}

func invalid(code limnograph.Code, message, hint string) error {
	return &limnograph.Error{Code: code, Op: opLand, Message: message, Hint: hint}
}
