package landing

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
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

// maxStream and maxSender keep the last part of a key below 255 bytes and a partition value readable.
const (
	maxStream = 100
	maxSender = 200
)

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
	name = strings.Replace(strings.TrimPrefix(key, objectkey.MetricsPrefix), objectkey.HourFolders(l.Arrival), "", 1)
	return metricsSegments + name, key
}

func quarantineTarget(b *limnograph.Batch, sequence uint64) (name, key string) {
	last := objectkey.Landing{Stream: "rejects", Arrival: b.Arrival, Sequence: sequence}.Name()
	return quarantineSegments + last, objectkey.QuarantinePrefix + objectkey.HourFolders(b.Arrival) + last
}

func quarantineName(segment string) bool { return strings.HasPrefix(segment, quarantineSegments) }

// keyOf returns the object that a segment becomes.
func keyOf(name string) (string, error) {
	prefix := objectkey.QuarantinePrefix
	rest, ok := strings.CutPrefix(name, quarantineSegments)
	if !ok {
		prefix = objectkey.MetricsPrefix
		rest, ok = strings.CutPrefix(name, metricsSegments)
	}
	dir, last := path.Split(rest)
	named, err := objectkey.ParseName(last)
	if !ok || err != nil {
		return "", &limnograph.Error{Code: limnograph.CodeInvalid, Op: "recover segment", Message: "segment " + name + " has an unknown name", Err: err, Hint: "move it out of the data directory"}
	}
	return prefix + dir + objectkey.HourFolders(named.Arrival) + last, nil
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
