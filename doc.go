// Package limnograph is the language of the product: the nouns that its parts exchange (datapoint, batch, object,
// partition, schema, file set, principal) and the contracts between them (object store, segment store, catalog,
// engine).
//
// It holds no behaviour beyond small methods on those nouns, imports the standard library alone, and knows neither
// a network nor a database. Roles (firehose, landing, cataloging, access, web) know these contracts only; adapters
// (localdir, mem, sqlite, duckdb) implement them; cmd/limno wires both.
package limnograph
