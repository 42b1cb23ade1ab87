package metricstream

import (
	"bytes"
	"cmp"
	"slices"

	"limnograph"
)

// Limits of what a Splitter gathers and keeps.
const (
	maxRejects = 10_000  // of one delivery; further bad pieces join the last reject of their reason
	keepLines  = 8 << 20 // bytes of one table's buffer that stay for the next delivery
)

// Splitter decodes the records of one delivery after the other and gathers the canonical lines by table. It is reusable
// and keeps its buffers. It is not safe for concurrent use.
type Splitter struct {
	decoder *Decoder
	tableOf func(namespace string) string
	allow   func(accountID string) bool
	emit    func(dp *limnograph.Datapoint, line []byte)
	reject  func(r limnograph.Reject)

	record     int    // index of the record being decoded
	data       []byte // the record being decoded
	taken      int    // datapoints in it, foreign ones included
	parts      []*part
	byTable    map[string]*part
	namespaces map[string]*part // of this delivery: schemas may change between two
	namespace  string           // of the last datapoint, whose part is current
	current    *part
	account    string // the last account that was asked for
	allowed    bool
	asked      bool
	rejects    []limnograph.Reject
	overflow   map[string]int // reason to the place of the reject that takes all pieces beyond maxRejects
}

type part struct {
	limnograph.Part
}

// NewSplitter returns a Splitter. tableOf names the table that takes the datapoints of a namespace; it is called once
// per namespace and delivery.
func NewSplitter(tableOf func(namespace string) string) *Splitter {
	s := &Splitter{
		decoder:    NewDecoder(),
		tableOf:    tableOf,
		byTable:    make(map[string]*part),
		namespaces: make(map[string]*part),
	}
	s.emit, s.reject = s.take, s.refuse
	return s
}

// Reset starts a new delivery. allow says whether the sender may deliver for an account; datapoints of others, and
// those without an account, become rejects with ReasonForeignAccount. nil allows all.
func (s *Splitter) Reset(allow func(accountID string) bool) {
	s.allow, s.asked = allow, false
	s.current = nil
	clear(s.namespaces)
	for _, p := range s.parts {
		p.reset()
	}
	s.rejects = nil
	s.overflow = nil
}

func (p *part) reset() {
	lines := p.Lines[:0]
	if cap(lines) > keepLines {
		lines = nil
	}
	p.Part = limnograph.Part{Table: p.Table, Lines: lines}
}

// Add decodes one record of the delivery; record is its index there. data is not kept.
func (s *Splitter) Add(record int, data []byte) {
	s.record, s.data, s.taken = record, data, 0
	rejects := len(s.rejects)
	s.decoder.Decode(data, s.emit, s.reject)
	if s.taken == 0 && rejects < min(len(s.rejects), maxRejects) && isBinary(data) {
		s.refuseWhole(rejects)
	}
	s.data = nil
}

// isBinary reports whether data holds a control byte that no text has.
func isBinary(data []byte) bool {
	return bytes.ContainsFunc(data, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' })
}

// refuseWhole puts one reject of all its bytes in the place of the pieces that a binary record fell into: a later
// version that knows its format must find it as it came.
func (s *Splitter) refuseWhole(first int) {
	s.rejects = s.rejects[:first]
	for reason, i := range s.overflow {
		if i >= first {
			delete(s.overflow, reason)
		}
	}
	s.refuse(limnograph.Reject{
		Reason: ReasonBinary,
		Detail: "the record is binary, such as OpenTelemetry: set the output format of the metric stream to JSON",
		Raw:    s.data,
	})
}

// Parts returns the lines of the delivery by table, sorted by table; tables without a line are left out. They are
// valid until Reset or Add.
func (s *Splitter) Parts() []limnograph.Part {
	var parts []limnograph.Part
	for _, p := range s.parts {
		if p.Count > 0 {
			parts = append(parts, p.Part)
		}
	}
	return parts
}

// Rejects returns what the delivery held beside datapoints, in its order. They are the caller's to keep. Beyond 10,000
// rejects, further pieces share one reject for each reason, a line break between them in its Raw.
func (s *Splitter) Rejects() []limnograph.Reject { return s.rejects }

func (s *Splitter) take(dp *limnograph.Datapoint, line []byte) {
	s.taken++
	if s.allow != nil && !s.allows(dp.AccountID) {
		s.refuse(limnograph.Reject{
			Reason: ReasonForeignAccount,
			Detail: "the sender may not deliver for account " + clip(dp.AccountID),
			Offset: s.decoder.start,
			Raw:    s.data[s.decoder.start:s.decoder.end],
		})
		return
	}
	if s.current == nil || s.namespace != dp.Namespace {
		s.current, s.namespace = s.partOf(dp.Namespace), dp.Namespace
	}
	s.current.add(dp.Timestamp, line)
}

func (s *Splitter) allows(account string) bool {
	if !s.asked || s.account != account {
		s.account, s.allowed, s.asked = account, s.allow(account), true
	}
	return s.allowed
}

func (s *Splitter) partOf(namespace string) *part {
	p, ok := s.namespaces[namespace]
	if !ok {
		p = s.tablePart(s.tableOf(namespace))
		s.namespaces[namespace] = p
	}
	return p
}

func (s *Splitter) tablePart(table string) *part {
	p, ok := s.byTable[table]
	if !ok {
		p = &part{limnograph.Part{Table: table}}
		s.byTable[table] = p
		i, _ := slices.BinarySearchFunc(s.parts, table, func(p *part, t string) int { return cmp.Compare(p.Table, t) })
		s.parts = slices.Insert(s.parts, i, p)
	}
	return p
}

func (p *part) add(timestamp int64, line []byte) {
	if p.Count == 0 {
		p.MinTime, p.MaxTime = timestamp, timestamp
	}
	p.MinTime, p.MaxTime = min(p.MinTime, timestamp), max(p.MaxTime, timestamp)
	p.Lines = append(p.Lines, line...)
	p.Count++
}

// refuse keeps a reject with its own copy of the bytes.
func (s *Splitter) refuse(r limnograph.Reject) {
	r.Record = s.record
	if len(s.rejects) < maxRejects {
		r.Raw = bytes.Clone(r.Raw)
		s.rejects = append(s.rejects, r)
		return
	}
	s.join(r)
}

// join adds the piece to the one reject of its reason that takes all pieces beyond the limit.
func (s *Splitter) join(r limnograph.Reject) {
	if i, ok := s.overflow[r.Reason]; ok {
		raw := append(s.rejects[i].Raw, '\n')
		s.rejects[i].Raw = append(raw, r.Raw...)
		return
	}
	if s.overflow == nil {
		s.overflow = make(map[string]int)
	}
	s.overflow[r.Reason] = len(s.rejects)
	r.Raw = bytes.Clone(r.Raw)
	r.Detail = "this and further pieces of the delivery; the first: " + r.Detail
	s.rejects = append(s.rejects, r)
}
