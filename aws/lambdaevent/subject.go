package lambdaevent

import (
	"errors"
	"fmt"
)

// subject is what S3 and EventBridge say in the same words: the object that an event is about.
type subject struct {
	Bucket struct {
		Name string `json:"name"`
	} `json:"bucket"`
	Object struct {
		Key       string `json:"key"`
		Size      int64  `json:"size"`
		Sequencer string `json:"sequencer"`
	} `json:"object"`
}

func (s subject) check() error {
	switch {
	case s.Bucket.Name == "":
		return errors.New("the name of the bucket is missing")
	case s.Object.Key == "":
		return errors.New("the key of the object is missing")
	case s.Object.Size < 0:
		return fmt.Errorf("the size of the object is %d", s.Object.Size)
	}
	return nil
}

// object returns the object under its decoded key.
func (s subject) object(key string, removed bool) Object {
	return Object{Bucket: s.Bucket.Name, Key: key, Size: s.Object.Size, Removed: removed, Sequencer: s.Object.Sequencer}
}
