package objectkey

import (
	"strings"
	"time"
)

const (
	firehoseTime = "2006-01-02-15-04-05"
	idLength     = 36 // 8-4-4-4-12 hexadecimal digits
)

// Firehose is the key of an object that Data Firehose wrote.
type Firehose struct {
	Prefix    string    // everything up to the last slash before the name, with it; may be empty
	Stream    string    // may hold '-' and '.', never a slash
	Version   string    // digits: version of the delivery stream's configuration
	Arrival   time.Time // UTC, to the second: arrival of the oldest record, neither an order nor the metric's time
	ID        string    // 36 characters, as 8-4-4-4-12 hexadecimal digits
	Extension string    // empty, or with its dot
}

// Key returns <prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<id><extension>.
func (f Firehose) Key() string {
	return f.Prefix + f.Stream + "-" + f.Version + "-" + f.Arrival.UTC().Format(firehoseTime) + "-" + f.ID + f.Extension
}

// ParseFirehose is the inverse of Key. It reads the name from the right, because a stream's name may hold anything that
// an earlier part of the name holds. Firehose puts its prefix before the name as it stands: text of a prefix behind its
// last slash counts as part of the stream. Errors: CodeInvalid.
func ParseFirehose(key string) (Firehose, error) {
	name := baseName(key)
	prefix := key[:len(key)-len(name)]
	for end := len(name); end >= 0; end = strings.LastIndexByte(name[:end], '.') {
		if f, ok := parseFirehoseStem(name[:end]); ok {
			f.Prefix, f.Extension = prefix, name[end:]
			return f, nil
		}
	}
	return Firehose{}, invalid("parse Firehose key", key, "the name is not <stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<id>")
}

// parseFirehoseStem reads a name without extension.
func parseFirehoseStem(stem string) (f Firehose, ok bool) {
	cut := len(stem) - idLength - 1
	if cut < 0 || stem[cut] != '-' || !isID(stem[cut+1:]) {
		return f, false
	}
	f.ID = stem[cut+1:]
	rest, arrival, ok := cutTime(stem[:cut], firehoseTime)
	if !ok {
		return f, false
	}
	f.Arrival = arrival
	f.Stream, f.Version, ok = cutLast(rest, '-')
	return f, ok && f.Stream != "" && isNumber(f.Version)
}

func isID(s string) bool {
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return len(s) == idLength
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
