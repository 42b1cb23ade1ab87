// Package trinosql writes and reads the SQL dialect that Trino and Amazon Athena (engine 3) share: the text of the
// flattening view and the document that a catalogue keeps of it, parameters as literals, predicates that prune
// partitions, and which text a person may run.
//
// It is NOT an engine and NOT a full parser: it runs nothing, asks no catalogue, and knows as much of the grammar as it
// needs to find every table that a text reads. What it does not understand it refuses.
package trinosql
