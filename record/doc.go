// Package record knows what is said about job runs, jobs and errors, one statement a line; how the statements about one
// thing are merged into its row, in any order and any number of times; and what follows from the merged row.
// docs/format/runs.md is its promise.
//
// It is pure: it parses, merges and computes. It is NOT storage (package lake keeps the rows, package columns writes
// them), asks no API, rolls up no datapoint, and does not classify errors.
package record
