package lambdaevent

import (
	"encoding/json"
	"errors"
	"fmt"

	"limnograph"
)

// Object is one object that a notification tells of.
type Object struct {
	Bucket    string
	Key       string // decoded, as S3 lists it
	Size      int64  // bytes; 0 when it was removed, or when the sender does not say
	Removed   bool   // it is gone; otherwise it was created or replaced
	Sequencer string // orders the events of one key; hexadecimal digits, or empty
}

// maxNesting bounds envelopes within envelopes.
const maxNesting = 4

// Decode reads the body of a message: an S3 notification (event version 2, any minor one), an EventBridge event of S3,
// or one of them inside an SNS envelope. The test message that S3 sends when notifications are switched on tells of no
// object, and neither do events of other kinds (tags, restores, storage classes): both are no error. Errors:
// CodeInvalid in words, for anything else; then no object is returned, even if a part could be read.
func Decode(body string) ([]Object, error) {
	objects, err := decode([]byte(body), maxNesting)
	if err != nil {
		return nil, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "read notification", Err: err,
			Hint: "only S3 event notifications belong into this queue: as they are, through EventBridge, or through SNS; look at the message and delete it",
		}
	}
	return objects, nil
}

// shape holds the members that tell the forms apart.
type shape struct {
	Records    json.RawMessage `json:"Records"`     // S3
	Event      string          `json:"Event"`       // S3's test message
	DetailType string          `json:"detail-type"` // EventBridge
	Type       string          `json:"Type"`        // SNS
}

func decode(body []byte, nesting int) ([]Object, error) {
	var s shape
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, fmt.Errorf("the message is not a JSON object: %w", err)
	}
	switch {
	case s.Records != nil:
		return decodeRecords(s.Records)
	case s.Event == testEvent:
		return nil, nil
	case s.DetailType != "":
		return decodeEventBridge(body)
	case s.Type != "":
		return decodeSNS(body, nesting)
	}
	return nil, errors.New("the message is no notification of S3: it has neither Records, nor detail-type, nor an SNS Type")
}
