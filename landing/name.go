package landing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// The names of segments. A metrics or quarantine segment is named like the object it becomes, less the folders of the
// arrival time, which its last part holds anyway: so recovery needs nothing but the name, and the directories of
// segments stay few.
const (
	metricsSegments    = "metrics/"
	quarantineSegments = "quarantine/"
	importSegments     = "imports/"
)

const (
	arrivalLayout  = "2006-01-02-15-04-05.000"
	sequenceDigits = 16
	suffix         = ".gz"
)

// maxStream and maxSender keep the last part of a key below 255 bytes and a partition value readable.
const (
	maxStream = 100
	maxSender = 200
)

// folders are the four folders of the arrival hour, with a slash at the end.
func folders(arrival time.Time) string {
	return arrival.UTC().Format("year=2006/month=01/day=02/hour=15/")
}

// target names the segment that begins with a batch, and the object that it becomes. No table means quarantine.
func target(table string, b *limnograph.Batch, sequence uint64) (name, key string) {
	if table == "" {
		return quarantineTarget(b, sequence)
	}
	return metricsTarget(table, b, sequence)
}

func metricsTarget(table string, b *limnograph.Batch, sequence uint64) (name, key string) {
	l := objectkey.Landing{Table: table, Sender: b.Sender, Stream: streamName(b.Stream), Arrival: b.Arrival.UTC().Truncate(time.Millisecond), Sequence: sequence}
	key = l.Key()
	name = strings.Replace(strings.TrimPrefix(key, objectkey.MetricsPrefix), folders(l.Arrival), "", 1)
	return metricsSegments + name, key
}

func quarantineTarget(b *limnograph.Batch, sequence uint64) (name, key string) {
	last := fmt.Sprintf("rejects-%s-%0*d%s", b.Arrival.UTC().Format(arrivalLayout), sequenceDigits, sequence, suffix)
	return quarantineSegments + last, objectkey.QuarantinePrefix + folders(b.Arrival) + last
}

// keyOf returns the object that a segment becomes.
func keyOf(name string) (string, error) {
	prefix := objectkey.QuarantinePrefix
	rest, ok := strings.CutPrefix(name, quarantineSegments)
	if !ok {
		prefix = objectkey.MetricsPrefix
		rest, ok = strings.CutPrefix(name, metricsSegments)
	}
	dir, last := rest[:strings.LastIndexByte(rest, '/')+1], rest[strings.LastIndexByte(rest, '/')+1:]
	arrival, _, err := parseLast(last)
	if !ok || err != nil {
		return "", &limnograph.Error{Code: limnograph.CodeInvalid, Op: "recover segment", Message: "segment " + name + " has an unknown name", Err: err, Hint: "move it out of the data directory"}
	}
	return prefix + dir + folders(arrival) + last, nil
}

// parseLast reads the arrival time and the sequence from the last part of a name or key.
func parseLast(last string) (arrival time.Time, sequence uint64, err error) {
	rest, ok := strings.CutSuffix(last, suffix)
	cut := strings.LastIndexByte(rest, '-')
	if !ok || cut < len(arrivalLayout) {
		return arrival, 0, fmt.Errorf("%q does not end in an arrival time and a sequence", last)
	}
	if _, err := fmt.Sscanf(rest[cut+1:], "%d", &sequence); err != nil {
		return arrival, 0, err
	}
	arrival, err = time.Parse(arrivalLayout, rest[cut-len(arrivalLayout):cut])
	return arrival, sequence, err
}

// streamName makes the sender's word for its stream fit for a key, whatever it sends.
func streamName(stream string) string {
	if stream == "" {
		return "stream"
	}
	if escapedLen(stream) <= maxStream {
		return stream
	}
	sum := sha256.Sum256([]byte(stream))
	return "stream-" + hex.EncodeToString(sum[:8])
}

// escapedLen is the length that a text may take in a key, at most.
func escapedLen(s string) int {
	n := len(s)
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '-' {
			n += 2
		}
	}
	return n
}
