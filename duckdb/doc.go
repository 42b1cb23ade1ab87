// Package duckdb answers queries with DuckDB in process: the published names are views over the files of one file set
// for each query, sealed landing objects and the data files of curated tables, and nothing else can be read.
//
// It is the only package that needs cgo. It does not decide who may ask (access), what is published (cataloging), or
// what a panel asks (panel).
package duckdb
