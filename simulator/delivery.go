package simulator

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Delivery is one request of the delivery stream.
type Delivery struct {
	RequestID string    // a UUID that belongs to the content
	SourceARN string    // the delivery stream
	Arrival   time.Time // when its first datapoints reached the delivery stream, by the simulated clock
	Records   [][]byte  // metric-stream lines, 100 to 300 in each
}

// Target takes deliveries. It returns nil only when the delivery is safe with it; it must allow concurrent calls when
// the Player is configured with more than one worker.
type Target interface {
	Deliver(ctx context.Context, d Delivery) error
}

// Limits of a delivery: base64 adds a third, and the body stays below 4 MiB.
const (
	maxRaw         = 3_000_000
	minRecordLines = 100
	maxRecordLines = 300
)

// batch is what is generated and acknowledged together: usually one request.
type batch struct{ minutes minutes }

// key names the content.
func (b batch) key(f *Fleet) uint64 {
	key := fold(f.key, keyRequest)
	for _, s := range b.minutes {
		key = fold(fold(key, uint64(s.from)), uint64(s.until))
	}
	return key
}

// deliveries generates the requests of a batch. Lines are in no order, as a stream delivers them. The same batch
// always gives the same requests.
func (g *Generator) deliveries(b batch, arrival time.Time) []Delivery {
	g.lines.reset()
	for _, s := range b.minutes {
		for m := s.from; m < s.until; m++ {
			g.minute(m, &g.lines)
		}
	}
	key := b.key(g.fleet)
	var out []Delivery
	room := 0
	for _, record := range g.lines.records(fold(key, keyShuffle)) {
		if room -= len(record); room < 0 || len(out) == 0 {
			room = maxRaw - len(record)
			out = append(out, Delivery{
				RequestID: uuidOf(fold(key, uint64(len(out)))), SourceARN: g.fleet.SourceARN(), Arrival: arrival,
			})
		}
		last := &out[len(out)-1]
		last.Records = append(last.Records, record)
	}
	return out
}

// records cuts the lines, shuffled by key, into records that share one new buffer.
func (l *lines) records(key uint64) [][]byte {
	s, order := source{key: key}, make([]int32, l.len())
	for i := range order {
		j := s.within(0, i)
		order[i], order[j] = order[j], int32(i)
	}
	shuffled := make([]byte, 0, len(l.data))
	var records [][]byte
	for len(order) > 0 {
		n, start := min(len(order), s.within(minRecordLines, maxRecordLines)), len(shuffled)
		for _, i := range order[:n] {
			shuffled = append(shuffled, l.at(int(i))...)
		}
		records = append(records, shuffled[start:len(shuffled):len(shuffled)])
		order = order[n:]
	}
	return records
}

// uuidOf makes a random-looking UUID of a key.
func uuidOf(key uint64) string {
	var u uuid.UUID
	for i := range u {
		u[i] = byte(fold(key, uint64(i/8)) >> (8 * (i % 8)))
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // version 4
	return u.String()
}

type duplicator struct {
	target Target
	share  float64
	key    uint64
}

var _ Target = (*duplicator)(nil)

// NewDuplicator returns a target that sends a share (0 to 1) of the deliveries to t twice, under the same request
// id, as Firehose does after an answer got lost. Which ones follows from the seed.
func NewDuplicator(t Target, share float64, seed uint64) Target {
	return &duplicator{target: t, share: share, key: fold(seed, keyDuplicate)}
}

func (t *duplicator) Deliver(ctx context.Context, d Delivery) error {
	if err := t.target.Deliver(ctx, d); err != nil {
		return err
	}
	key := t.key
	for _, c := range []byte(d.RequestID) {
		key = fold(key, uint64(c))
	}
	if unit(key) >= t.share {
		return nil
	}
	return t.target.Deliver(ctx, d)
}
