// Package schema reads schema definitions: small YAML files that say what a CloudWatch namespace becomes (its table,
// the dimensions that turn into columns, which series are totals, how long landing keeps it). It embeds the
// definition of AWS Glue, names the table of everything undefined, and answers which table a namespace belongs to.
//
// It does not watch directories, create tables, or write the SQL of a view.
package schema
