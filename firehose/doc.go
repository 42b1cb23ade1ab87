// Package firehose is the role that receives deliveries: the HTTP endpoint delivery protocol of Amazon Data
// Firehose, to the letter.
//
// A delivery is a JSON envelope of base64 records. The server checks who sends it, reads it within limits, scans
// the envelope in place, has each record split by table (package metricstream), and hands the batch to an Appender.
// It answers 200 only when Append returned nil, that is, when the batch is durable. What is no datapoint travels in
// the batch as rejects, because a 4xx would make Firehose send the same poison again for hours. Every answer, also
// to a wrong path, a wrong key or a panic, has the protocol's JSON form.
//
// It is NOT a store, does not know where batches land, listens on no socket, and reads neither key files nor
// certificates: the command that mounts it does.
package firehose
