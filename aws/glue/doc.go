// Package glue is the catalogue of published tables in the AWS Glue Data Catalog, where Athena and Trino read it: for
// each schema an external table over the landed JSON, a flattening view, and the partitions that deliveries bring.
//
// It reads before it writes, so that what exists costs no write call; it never repeats a write whose answer was lost,
// but looks what became of it; and it touches no table that it has not made. It is NOT an engine, and NOT the ledger of
// objects: on AWS that is a listing of the bucket.
package glue
