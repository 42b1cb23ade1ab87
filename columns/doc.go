// Package columns lays out datapoints as sorted Parquet files with Iceberg field ids: what a series is (its id, sid),
// which columns a curated table has, how rows are sorted, written, read and hashed. Rows of record tables, whose columns
// their schema lists, it writes and reads as lists of values. docs/format/lake.md is its promise.
//
// It is pure: it reads and writes through the readers and writers that it is given. It is NOT the merge (package lake
// decides which statement of a datapoint wins), knows no table, snapshot or catalogue, and no landing format.
package columns
