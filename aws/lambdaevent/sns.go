package lambdaevent

import (
	"encoding/json"
	"errors"
	"fmt"
)

// envelope is what SNS wraps around a message, unless raw delivery is switched on.
type envelope struct {
	Type    string  `json:"Type"`
	Message *string `json:"Message"`
}

func decodeSNS(body []byte, nesting int) ([]Object, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("the SNS envelope is broken: %w", err)
	}
	switch {
	case e.Type == "SubscriptionConfirmation":
		return nil, errors.New("the SNS subscription of this queue waits to be confirmed: open the SubscribeURL of the message")
	case e.Type != "Notification" || e.Message == nil:
		return nil, fmt.Errorf("an SNS message of type %.100q holds no notification", e.Type)
	case nesting == 0:
		return nil, fmt.Errorf("more than %d SNS envelopes stand in one another", maxNesting)
	}
	objects, err := decode([]byte(*e.Message), nesting-1)
	if err != nil {
		return nil, fmt.Errorf("inside an SNS envelope: %w", err)
	}
	return objects, nil
}
