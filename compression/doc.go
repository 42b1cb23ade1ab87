// Package compression tells by its first bytes which compression an object has, and reads its content up to a limit.
//
// It never trusts a name or an extension, writes nothing, and does not look into the content: whether that is JSON is for
// its reader to find out.
package compression

// Format is a compression that an object can have.
type Format string

// The formats that Data Firehose writes.
const (
	Gzip         Format = "gzip"          // RFC 1952, one or more members
	Zip          Format = "zip"           // all entries, one after the other
	SnappyFramed Format = "snappy-framed" // Snappy framing format, with the identifier sNaPpY
	Snappy       Format = "snappy"        // one raw Snappy block
	HadoopSnappy Format = "hadoop-snappy" // blocks of length, then chunks of length and raw Snappy block
	None         Format = "none"          // text as it is
)
