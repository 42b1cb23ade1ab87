package firehose

import "fmt"

const (
	maxRecords   = 10_000 // the protocol's limit
	maxRequestID = 1024   // ours: it is echoed in each answer; Firehose sends 36
)

// The members of the envelope that the protocol knows, as bits of those seen.
const (
	seenRequestID = 1 << iota
	seenTimestamp
	seenRecords
)

// envelope is the body of a delivery:
//
//	{"requestId": string, "timestamp": number, "records": [{"data": string}]}
//
// Unknown members are checked and skipped; known ones may stand once. timestamp may be missing.
type envelope struct {
	requestID string
	records   int

	s    scanner
	seen int
	data func(index int, s *scanner) error
}

// scan reads b and calls data with the scanner before the string of each record. On an error requestID is set if
// it was read before the mistake.
func (e *envelope) scan(b []byte, data func(index int, s *scanner) error) error {
	e.s, e.data = scanner{b: b}, data
	if err := e.s.object(e.member); err != nil {
		return err
	}
	if err := e.s.end(); err != nil {
		return err
	}
	return e.complete()
}

func (e *envelope) complete() error {
	switch {
	case e.seen&seenRequestID == 0:
		return e.s.fail("requestId is missing")
	case e.seen&seenRecords == 0:
		return e.s.fail("records is missing")
	case e.records == 0:
		return e.s.fail("records is empty: at least one is needed")
	}
	return nil
}

func (e *envelope) member(key []byte) error {
	switch string(key) {
	case "requestId":
		return e.known(seenRequestID, "requestId", e.readRequestID)
	case "timestamp":
		return e.known(seenTimestamp, "timestamp", e.readTimestamp)
	case "records":
		return e.known(seenRecords, "records", e.readRecords)
	}
	return e.s.skip(1)
}

func (e *envelope) known(bit int, name string, read func() error) error {
	if e.seen&bit != 0 {
		return e.s.fail("%s stands twice", name)
	}
	e.seen |= bit
	return read()
}

func (e *envelope) readRequestID() error {
	at := e.s.i
	id, err := e.s.text("requestId")
	if err != nil {
		return err
	}
	if len(id) == 0 || len(id) > maxRequestID {
		return &syntaxError{at: at, what: fmt.Sprintf("requestId has %d bytes: 1 to %d are allowed", len(id), maxRequestID)}
	}
	e.requestID = string(id)
	return nil
}

func (e *envelope) readTimestamp() error {
	if c := e.s.next(); c != '-' && !isDigit(c) {
		return e.s.fail("expected a number as timestamp, found %s", e.s.found())
	}
	return e.s.number()
}

func (e *envelope) readRecords() error { return e.s.array(e.readRecord) }

func (e *envelope) readRecord(index int) error {
	if index == maxRecords {
		return e.s.fail("more than %d records", maxRecords)
	}
	e.records++
	found := false
	err := e.s.object(func(key []byte) error {
		if string(key) != "data" {
			return e.s.skip(3)
		}
		if found {
			return e.s.fail("data of record %d stands twice", index)
		}
		found = true
		return e.data(index, &e.s)
	})
	if err == nil && !found {
		return e.s.fail("record %d has no data", index)
	}
	return err
}
