package lambdaevent

import (
	"encoding/json"
	"fmt"
	"strings"
)

// bridged is an event of EventBridge. Its key is not encoded.
type bridged struct {
	Source     string `json:"source"`
	DetailType string `json:"detail-type"`
	Detail     struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object struct {
			Key       string `json:"key"`
			Size      int64  `json:"size"`
			Sequencer string `json:"sequencer"`
		} `json:"object"`
	} `json:"detail"`
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
	o := b.Detail.Object
	if err := checkObject(b.Detail.Bucket.Name, o.Key, o.Size); err != nil {
		return nil, fmt.Errorf("the EventBridge event %q: %w", b.DetailType, err)
	}
	return []Object{{Bucket: b.Detail.Bucket.Name, Key: o.Key, Size: o.Size, Removed: removed, Sequencer: o.Sequencer}}, nil
}
