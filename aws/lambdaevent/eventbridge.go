package lambdaevent

import (
	"encoding/json"
	"fmt"
	"strings"
)

// bridged is an event of EventBridge. Its key is not encoded.
type bridged struct {
	Source     string  `json:"source"`
	DetailType string  `json:"detail-type"`
	Detail     subject `json:"detail"`
}

func decodeEventBridge(body []byte) ([]Object, error) {
	var b bridged
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("the EventBridge event is not of S3: %w", err)
	}
	// Calls that CloudTrail recorded come from aws.s3 too, and have another form.
	if b.Source != "aws.s3" || !strings.HasPrefix(b.DetailType, "Object ") {
		return nil, fmt.Errorf("the EventBridge event %.100q of %.100q is no event of an S3 object", b.DetailType, b.Source)
	}
	removed := b.DetailType == "Object Deleted"
	if b.DetailType != "Object Created" && !removed {
		return nil, nil
	}
	if err := b.Detail.check(); err != nil {
		return nil, fmt.Errorf("the EventBridge event %q: %w", b.DetailType, err)
	}
	return []Object{b.Detail.object(b.Detail.Object.Key, removed)}, nil
}
