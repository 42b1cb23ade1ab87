// Package objectkey translates object keys.
package objectkey

import (
	"time"

	"limnograph"
)

// Prefixes.
const (
	MetricsPrefix    = "landing/metrics/"
	QuarantinePrefix = "quarantine/"
	ImportsPrefix    = "imports/"
)

// Landing is the name of a landing object.
type Landing struct {
	Table, Sender, Stream string
	Arrival               time.Time
	Sequence              uint64
}

// Key formats the key.
func (l Landing) Key() string { return "" }

// ParseLanding parses a key.
func ParseLanding(key string) (Landing, error) { return Landing{}, nil }

// PartitionOf parses the folders of a key.
func PartitionOf(key string) (table string, p limnograph.Partition, err error) { return }

// Firehose is the name of a Firehose object.
type Firehose struct {
	Prefix, Stream, Version string
	Arrival                 time.Time
	ID                      string
	Extension               string
}

// Key formats the key.
func (f Firehose) Key() string { return "" }

// ParseFirehose parses a key.
func ParseFirehose(key string) (Firehose, error) { return Firehose{}, nil }

// ArrivalOf finds the arrival time.
func ArrivalOf(key string) (time.Time, bool) { return time.Time{}, false }
