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

// The names of segments. One of datapoints, run records or quarantine is named like the object it becomes, less the folders of the
// arrival time, which its last part holds anyway: so recovery needs nothing but the name, and the directories of
// segments stay few.
const (
	metricsSegments    = "metrics/"
	runsSegments       = "runs/"
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
	return tableTarget(table, b, sequence)
}

func tableTarget(table string, b *limnograph.Batch, sequence uint64) (name, key string) {
	l := objectkey.Landing{Table: table, Sender: b.Sender, Stream: streamName(b.Stream), Arrival: b.Arrival.UTC().Truncate(time.Millisecond), Sequence: sequence}
	key = l.Key()
	name = strings.Replace(strings.TrimPrefix(key, objectkey.TablePrefix(table)), objectkey.HourFolders(l.Arrival), "", 1)
	return segmentsOf(table) + table + "/" + name, key
}

// segmentsOf tells record tables from others by their segments, too: a release that does not know them must not take a
// segment of theirs for one of datapoints.
func segmentsOf(table string) string {
	if limnograph.IsRecordTable(table) {
		return runsSegments
	}
	return metricsSegments
}

func quarantineTarget(b *limnograph.Batch, sequence uint64) (name, key string) {
	last := objectkey.Landing{Stream: "rejects", Arrival: b.Arrival, Sequence: sequence}.Name()
	return quarantineSegments + last, objectkey.QuarantinePrefix + objectkey.HourFolders(b.Arrival) + last
}

func quarantineName(segment string) bool { return strings.HasPrefix(segment, quarantineSegments) }

// keyOf returns the object that a segment becomes.
func keyOf(name string) (string, error) {
	folder, rest, ok := folderAndRest(name)
	dir, last := path.Split(rest)
	named, err := objectkey.ParseName(last)
	if !ok || err != nil {
		return "", &limnograph.Error{Code: limnograph.CodeInvalid, Op: "recover segment", Message: "segment " + name + " has an unknown name", Err: err, Hint: "move it out of the data directory"}
	}
	return folder + dir + objectkey.HourFolders(named.Arrival) + last, nil
}

// folderAndRest tells where the objects of segments rest that are named like this one, and how the name goes on.
func folderAndRest(name string) (folder, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(name, quarantineSegments); ok {
		return objectkey.QuarantinePrefix, rest, true
	}
	for _, prefix := range []string{metricsSegments, runsSegments} {
		if below, found := strings.CutPrefix(name, prefix); found {
			table, rest, _ := strings.Cut(below, "/")
			return objectkey.TablePrefix(table), rest, segmentsOf(table) == prefix
		}
	}
	return "", "", false
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
