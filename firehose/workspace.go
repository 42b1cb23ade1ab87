package firehose

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"slices"

	"github.com/klauspost/compress/gzip"
	fast "github.com/segmentio/asm/base64"

	"limnograph"
	"limnograph/metricstream"
)

// ReasonInvalidBase64 is the reject reason of a record whose data is no base64.
const ReasonInvalidBase64 = "invalid_base64"

// workspace is the memory of one delivery at a time.
type workspace struct {
	splitter *metricstream.Splitter
	body     []byte // envelope, inflated
	record   []byte // one decoded record
	rejects  []limnograph.Reject

	inflater gzip.Reader
	wire     *bufio.Reader // in front of the inflater

	size int // as measured when it was put away
}

// split scans the envelope and hands its records to the splitter.
func (w *workspace) split(e *envelope, text []byte, allow func(accountID string) bool) error {
	w.rejects = w.rejects[:0]
	w.splitter.Reset(allow)
	return e.scan(text, w.data)
}

// data reads the data of one record: a string up to the next quote, in the usual case. A backslash is no base64, so
// an escaped quote can't be mistaken for the end.
func (w *workspace) data(index int, s *scanner) error {
	if s.next() == '"' {
		rest := s.b[s.i+1:]
		if n := bytes.IndexByte(rest, '"'); n >= 0 && w.decode(rest[:n]) {
			s.i += n + 2
			w.splitter.Add(index, w.record)
			return nil
		}
	}
	return w.oddData(index, s)
}

// decode fills record from plain base64. It refuses what the library forgives inside a JSON string: line breaks.
func (w *workspace) decode(text []byte) bool {
	w.record = slices.Grow(w.record[:0], fast.StdEncoding.DecodedLen(len(text)))
	n, err := fast.StdEncoding.Decode(w.record[:cap(w.record)], text)
	w.record = w.record[:max(n, 0)]
	return err == nil && n == exactLen(text)
}

// exactLen is the decoded length of well-formed base64, -1 for text that can't be that. Text with line breaks never
// decodes to it: four of them count for three bytes here.
func exactLen(text []byte) int {
	if len(text)%4 != 0 {
		return -1
	}
	n := len(text) / 4 * 3
	for i := len(text) - 1; i >= 0 && text[i] == '='; i-- {
		n--
	}
	return n
}

// oddData reads data that is escaped, or no base64 at all: the JSON must be good, what it holds may be bad.
func (w *workspace) oddData(index int, s *scanner) error {
	text, err := s.text("data")
	if err != nil {
		return err
	}
	w.record = slices.Grow(w.record[:0], base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(w.record[:cap(w.record)], text)
	if err == nil {
		w.record = w.record[:n]
		w.splitter.Add(index, w.record)
		return nil
	}
	w.rejects = append(w.rejects, limnograph.Reject{
		Reason: ReasonInvalidBase64, Detail: err.Error(), Record: index, Raw: bytes.Clone(text),
	})
	return nil
}

// allRejects joins the splitter's rejects and those of the envelope, in the order of records.
func (w *workspace) allRejects() []limnograph.Reject {
	theirs := w.splitter.Rejects()
	if len(w.rejects) == 0 {
		return theirs
	}
	w.rejects = append(w.rejects, theirs...)
	slices.SortStableFunc(w.rejects, func(a, b limnograph.Reject) int { return cmp.Compare(a.Record, b.Record) })
	return w.rejects
}
