// Package openquery proves on the real parts, landing and the lake over files, Iceberg and DuckDB, that a query goes on
// reading what it began with while the table is merged, expired and swept under it. It stands apart from package lakesim
// because DuckDB makes a test slow to build, and has no code that ships.
package openquery
