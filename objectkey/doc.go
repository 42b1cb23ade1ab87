// Package objectkey translates between the keys of stored objects and what they say: table, sender, stream, arrival and
// partition of a landing object, and the parts of a name that Data Firehose gives.
//
// It is not a store and looks at no object: a key that it accepts may name nothing.
package objectkey

// The prefixes of the object store.
const (
	MetricsPrefix    = "landing/metrics/" // landed datapoints: <table>/sender=<sender>/year=/month=/day=/hour=/<name>
	RunsPrefix       = "landing/runs/"    // landed run records: the same, of the record tables alone
	QuarantinePrefix = "quarantine/"      // pieces of deliveries that are no datapoints, and damaged bytes
	ErrorsPrefix     = "errors/"          // what Data Firehose could not deliver: <table>/<type of error>/
	ImportsPrefix    = "imports/"         // marks of objects that were imported
)
