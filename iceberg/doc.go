// Package iceberg keeps the snapshots of curated tables as Apache Iceberg tables (format version 2) on local files. Other
// implementations find them in an Iceberg SQL catalog on SQLite: lake/catalog.db, catalog "limno", namespace "limnograph".
//
// It takes metadata, manifests and schemas from iceberg-go and writes snapshots itself: manifests hold one day each, a
// snapshot may change properties alone, all files are durable before the catalog names them, and a lost race is told apart
// from every other failure.
//
// It is NOT the committer (package lake decides what a commit holds), reads no data file but its footer, and deletes none.
package iceberg
