package metricstream

// The reasons that a piece is no datapoint, as in limnograph.Reject.Reason. They are stable.
const (
	ReasonInvalidJSON       = "invalid_json"        // not correct JSON (RFC 8259), NaN and Infinity included
	ReasonTooDeep           = "too_deep"            // nested deeper than MaxDepth
	ReasonTooLarge          = "too_large"           // larger than MaxObjectBytes
	ReasonNotAnObject       = "not_an_object"       // an array, a string, a number, true, false or null
	ReasonNumberOutOfRange  = "number_out_of_range" // a number, in any field, that no float64 can hold
	ReasonInvalidField      = "invalid_field"       // a text field holds something else
	ReasonInvalidDimensions = "invalid_dimensions"  // dimensions is no object of strings
	ReasonInvalidTimestamp  = "invalid_timestamp"   // timestamp is no whole number of milliseconds in the years 1 to 9999
	ReasonInvalidValue      = "invalid_value"       // value is no object of numbers
	ReasonMissingMetricName = "missing_metric_name" // absent, null or empty
	ReasonMissingTimestamp  = "missing_timestamp"   // absent or null
	ReasonMissingStatistics = "missing_statistics"  // value is absent, null or without a number
	ReasonBinary            = "binary"              // a whole record without a datapoint that is no text (Splitter alone)
	ReasonForeignAccount    = "foreign_account"     // the sender may not deliver for this account (Splitter alone)
)

// Limits of one object. Readers of landing refuse objects above 16 MiB, and some recurse over nested ones.
const (
	MaxDepth       = 128     // nesting levels; the object itself is the first
	MaxObjectBytes = 8 << 20 // bytes, as delivered and as canonical line
)

// problem is why an object is no datapoint; the zero value means that it is one.
type problem struct{ reason, detail string }

func (p problem) found() bool { return p.reason != "" }
