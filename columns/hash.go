package columns

import (
	"encoding/binary"
	"math"

	"github.com/cespare/xxhash/v2"
)

// Hash returns a hash of everything that a row says: key, values, statistics, version, and the texts of its series.
// It is not stored: it compares what two readers of one release saw.
func Hash(row *Row) uint64 {
	var b [80]byte
	series := row.Series.hash
	if series == 0 {
		series = hashSeries(row.Series)
	}
	for i, v := range [...]uint64{
		series, uint64(row.TS), uint64(row.Version), uint64(row.Reported) | uint64(uint32(row.Extra))<<8,
		math.Float64bits(row.Max), math.Float64bits(row.Min), math.Float64bits(row.Sum), math.Float64bits(row.Count),
		uint64(len(row.Stats)),
	} {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	if row.Stats != "" {
		binary.LittleEndian.PutUint64(b[72:], xxhash.Sum64String(row.Stats))
	}
	return xxhash.Sum64(b[:])
}

func hashSeries(s *Series) uint64 {
	b := make([]byte, 0, 512)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.SID))
	for _, text := range [...]string{s.AccountID, s.Region, s.Namespace, s.MetricName, s.Dimensions, s.Unit} {
		b = appendNetstring(b, text)
	}
	for _, t := range s.Texts {
		if t.Valid {
			b = appendNetstring(b, t.Value)
		} else {
			b = append(b, '-')
		}
	}
	if s.IsTotal {
		b = append(b, '+')
	}
	return xxhash.Sum64(b)
}
