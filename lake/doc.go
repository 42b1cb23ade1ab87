// Package lake curates: it turns landed batches into tables in which every datapoint stands once, at every moment. It
// holds the one invariant of the product in one place: the merge, the committer of each table, the seen index,
// compaction, expiry, rebuild and verification.
//
// It knows contracts only: objects, snapshots and the feed of landed batches. It is NOT a table format (package
// iceberg is), writes no Parquet itself (package columns does), answers no query and publishes no raw table.
package lake
