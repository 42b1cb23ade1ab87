// Package sqlite keeps the catalogue (published tables, their partitions) and the ledger of catalogued objects in one
// SQLite file. A commit is on disk when a call returns.
//
// It holds metadata only: no datapoint, no query, and no decision about what is published (cataloging).
package sqlite
