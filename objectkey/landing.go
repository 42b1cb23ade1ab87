package objectkey

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"limnograph"
)

const (
	landingTime      = "2006-01-02-15-04-05.000"
	landingExtension = ".gz"
	sequenceDigits   = 16
	packedMark       = "+"
	hourFolders      = "year=2006/month=01/day=02/hour=15"
)

// Landing says what a landing object holds.
type Landing struct {
	Table    string    // curated table name, such as glue_metrics; no slash
	Sender   string    // who delivered; any text but the empty one
	Stream   string    // delivery stream; any text but the empty one
	Arrival  time.Time // when its first batch arrived; UTC, cut to the millisecond, years 0 to 9999
	Sequence uint64    // global batch sequence of its first batch
	Through  uint64    // packed objects: sequence of their last batch, at least Sequence; 0: not packed
}

// Packed reports whether the object was made of several that landed in its folder.
func (l Landing) Packed() bool { return l.Through != 0 }

// Replaces reports whether the content of other is in l: l is packed, both are of one folder, and the first batch of
// other lies within l. Other must not be packed.
func (l Landing) Replaces(other Landing) bool {
	return l.Packed() && !other.Packed() && l.Table == other.Table && l.Sender == other.Sender &&
		HourFolders(l.Arrival) == HourFolders(other.Arrival) && l.Sequence <= other.Sequence && other.Sequence <= l.Through
}

// Key returns the object's key:
//
//	landing/metrics/<table>/sender=<sender>/year=2026/month=11/day=24/hour=05/<stream>-2026-11-24-05-52-02.123-<sequence>.gz
//
// and landing/runs/ in the place of landing/metrics/ for a record table. Sender and stream are escaped (see escape), the sequence has at least 16 digits. Keys of one table, sender and stream
// sort by arrival. An escaped byte takes three: a store on a file system wants streams below some 70 bytes of such text.
func (l Landing) Key() string {
	return Folder(l.Table, limnograph.Partition{Sender: l.Sender, Hour: l.Arrival}) + l.Name()
}

// Name returns what stands behind the last slash of the key: <stream>-<arrival>-<sequence>.gz, and of a packed object
// <stream>+<through>-<arrival>-<sequence>.gz ('+' is escaped in streams). It needs neither table nor sender.
func (l Landing) Name() string {
	stream := escape(l.Stream)
	if l.Packed() {
		stream += fmt.Sprintf("%s%0*d", packedMark, sequenceDigits, l.Through)
	}
	return stream + "-" + l.Arrival.UTC().Format(landingTime) + fmt.Sprintf("-%0*d", sequenceDigits, l.Sequence) + landingExtension
}

// Folder returns the key of the folder that holds the objects of a partition, with a slash at the end:
//
//	landing/metrics/<table>/sender=<sender>/year=2026/month=11/day=24/hour=05/
//
// and landing/runs/ in the place of landing/metrics/ for a record table.
func Folder(table string, p limnograph.Partition) string {
	return TablePrefix(table) + "sender=" + escape(p.Sender) + "/" + HourFolders(p.Hour)
}

// HourFolders returns the folders of an arrival's hour, in UTC and with a slash at the end:
//
//	year=2026/month=11/day=24/hour=05/
func HourFolders(arrival time.Time) string { return arrival.UTC().Format(hourFolders + "/") }

// ParseLanding is the inverse of Key. It accepts exactly the keys that Key makes. Errors: CodeInvalid.
func ParseLanding(key string) (Landing, error) {
	table, p, err := PartitionOf(key)
	if err != nil {
		return Landing{}, err
	}
	l, err := ParseName(baseName(key))
	l.Table, l.Sender = table, p.Sender
	if err != nil || l.Key() != key {
		return Landing{}, invalid("parse landing key", key, "the name is not <stream>[+<through>]-<arrival>-<sequence>.gz, or not of its folder")
	}
	return l, nil
}

// ParseName is the inverse of Name: it leaves table and sender empty, and accepts exactly what Name makes. Errors:
// CodeInvalid.
func ParseName(name string) (Landing, error) {
	l, ok := parseName(name)
	if !ok || l.Name() != name {
		return Landing{}, invalid("parse landing name", name, "not of the form <stream>[+<through>]-<arrival>-<sequence>.gz")
	}
	return l, nil
}

// parseName takes a name apart, from the right.
func parseName(name string) (l Landing, ok bool) {
	rest, isGzip := strings.CutSuffix(name, landingExtension)
	rest, digits, hasDigits := cutLast(rest, '-')
	if !isGzip || !hasDigits {
		return l, false
	}
	sequence, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return l, false
	}
	rest, arrival, ok := cutTime(rest, landingTime)
	if !ok {
		return l, false
	}
	l = Landing{Arrival: arrival, Sequence: sequence}
	rest, digits, packed := strings.Cut(rest, packedMark)
	if packed {
		if l.Through, err = strconv.ParseUint(digits, 10, 64); err != nil || l.Through < sequence {
			return Landing{}, false
		}
	}
	l.Stream, ok = unescape(rest)
	return l, ok
}

// PartitionOf returns the table and the partition that the folders of a landing key name, whatever the object's own name
// is: Data Firehose writes objects into the same folders. Record tables rest below RunsPrefix, all others below
// MetricsPrefix: a table below the wrong one is refused. Errors: CodeInvalid.
func PartitionOf(key string) (table string, p limnograph.Partition, err error) {
	const op = "parse partition"
	table, rest, ok := cutTable(key)
	folders := strings.Split(rest, "/")
	if !ok || len(folders) != 6 || folders[5] == "" {
		return "", p, invalid(op, key, "not of the form "+MetricsPrefix+"<table>/sender=/year=/month=/day=/hour=/<name>, and "+RunsPrefix+" for run records")
	}
	value, ok := strings.CutPrefix(folders[0], "sender=")
	if !ok {
		return "", p, invalid(op, key, "no sender= folder")
	}
	sender, ok := unescape(value)
	if !ok {
		return "", p, invalid(op, key, "the sender is empty or not escaped as it should be")
	}
	hour, ok := hiveHour(folders[1:5])
	if !ok {
		return "", p, invalid(op, key, "no year=/month=/day=/hour= folders with a time")
	}
	return table, limnograph.Partition{Sender: sender, Hour: hour}, nil
}

func invalid(op, key, why string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: fmt.Sprintf("key %q: %s", key, why)}
}
