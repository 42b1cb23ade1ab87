// Package panel holds the named panels: what the page, the command line and BI tools ask of the published tables, and
// how their rows become an answer.
//
// A panel is a SQL text in the Trino dialect (query/*.sql, with its parameters and result columns in the header
// comment) and the pure functions that turn its rows into the shapes of the HTTP API: runs into jobs, states, typical
// durations, needs and their reasons in words.
//
// It is NOT an engine or a cache: it runs no query, reads no clock and starts no goroutine. Callers run the query and
// pass the rows and the moment in.
package panel
