package columns

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"limnograph"
)

// noUnit stands for an absent unit, as in the flattening view.
const noUnit = "None"

// SID returns the id of the series that the datapoint belongs to: a hash of AppendCanonical. It never changes, in
// no release: it is stored.
func SID(dp *limnograph.Datapoint) int64 {
	return int64(xxhash.Sum64(AppendCanonical(make([]byte, 0, 512), dp)))
}

// AppendCanonical appends the bytes that SID hashes: netstrings (<length in bytes>:<bytes>,) of account, region,
// namespace, metric and unit, and of the name and value of each dimension, by name.
func AppendCanonical(dst []byte, dp *limnograph.Datapoint) []byte {
	sorted, _ := sortedDimensions(nil, dp.Dimensions)
	return appendCanonical(dst, dp, sorted)
}

func appendCanonical(dst []byte, dp *limnograph.Datapoint, dimensions []limnograph.Dimension) []byte {
	dst = appendNetstring(dst, dp.AccountID)
	dst = appendNetstring(dst, dp.Region)
	dst = appendNetstring(dst, dp.Namespace)
	dst = appendNetstring(dst, dp.MetricName)
	dst = appendNetstring(dst, unitOf(dp))
	for i := range dimensions {
		dst = appendNetstring(dst, dimensions[i].Name)
		dst = appendNetstring(dst, dimensions[i].Value)
	}
	return dst
}

func appendNetstring(dst []byte, s string) []byte {
	if n := len(s); n < 10 {
		dst = append(dst, '0'+byte(n), ':')
	} else {
		dst = append(strconv.AppendUint(dst, uint64(n), 10), ':')
	}
	dst = append(dst, s...)
	return append(dst, ',')
}

func unitOf(dp *limnograph.Datapoint) string {
	if dp.Unit == "" {
		return noUnit
	}
	return dp.Unit
}

// sortedDimensions returns the dimensions by name: as they are when they are delivered so, else in scratch, which it
// may make longer. There are at most 30 of them.
func sortedDimensions(scratch, dimensions []limnograph.Dimension) (sorted, longer []limnograph.Dimension) {
	byName := func(a, b limnograph.Dimension) int { return strings.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(dimensions, byName) {
		return dimensions, scratch
	}
	scratch = append(scratch[:0], dimensions...)
	slices.SortFunc(scratch, byName)
	return scratch, scratch
}

func sortedStatistics(statistics []limnograph.Statistic) []limnograph.Statistic {
	return slices.SortedFunc(slices.Values(statistics), func(a, b limnograph.Statistic) int { return cmp.Compare(a.Name, b.Name) })
}
