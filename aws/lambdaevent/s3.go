package lambdaevent

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// testEvent is what S3 sends once when notifications are switched on.
const testEvent = "s3:TestEvent"

// record is one event of an S3 notification.
type record struct {
	Version string  `json:"eventVersion"`
	Source  string  `json:"eventSource"`
	Name    string  `json:"eventName"`
	S3      subject `json:"s3"`
}

func decodeRecords(raw []byte) ([]Object, error) {
	var records []record
	if err := json.Unmarshal(raw, &records); err != nil {
		return nil, fmt.Errorf("the Records are no list of S3 events: %w", err)
	}
	if len(records) == 0 {
		return nil, errors.New("the list of Records is empty")
	}
	var objects []Object
	for i, r := range records {
		o, concerns, err := r.object()
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i+1, err)
		}
		if concerns {
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// object reads one event, and reports whether it tells of an object that came or went.
func (r record) object() (o Object, concerns bool, err error) {
	if err := r.check(); err != nil {
		return Object{}, false, err
	}
	removed, concerns := kindOf(r.Name)
	return r.S3.object(decodeKey(r.S3.Object.Key), removed), concerns, nil
}

func (r record) check() error {
	switch major, _, _ := strings.Cut(r.Version, "."); {
	case !strings.HasSuffix(r.Source, ":s3"): // aws:s3; other stores write their own name before the colon
		return fmt.Errorf("eventSource %.100q is not S3", r.Source)
	case major != "2":
		return fmt.Errorf("eventVersion %.100q is not 2.x, which is what is understood here", r.Version)
	case r.Name == "":
		return errors.New("eventName is missing")
	}
	return r.S3.check()
}

// kindOf tells an event from its name, such as ObjectCreated:Put; some stores write s3: before it.
func kindOf(name string) (removed, concerns bool) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(name, "s3:"), ":")
	switch kind {
	case "ObjectCreated":
		return false, true
	case "ObjectRemoved", "LifecycleExpiration":
		return true, true
	}
	return false, false
}
