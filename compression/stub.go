// Package compression tells which compression an object has.
package compression

import "io"

// Format names a compression.
type Format string

// The formats.
const (
	Gzip         Format = "gzip"
	Zip          Format = "zip"
	SnappyFramed Format = "snappy-framed"
	Snappy       Format = "snappy"
	HadoopSnappy Format = "hadoop-snappy"
	None         Format = "none"
)

// NewReader sniffs.
func NewReader(r io.Reader, maxInflated int64) (io.ReadCloser, Format, error) { return nil, None, nil }
