// Package trino answers queries with a Trino cluster, through Trino's own Go client: the published names are the raw
// tables and flattening views that stand in the cluster's catalogue.
//
// It does not decide who may ask (access), what is published (cataloging), or what a person's text may say (trinosql),
// and it creates nothing: tables and views are the catalogue's business. Results come through the coordinator, page by
// page; it writes no files.
package trino
