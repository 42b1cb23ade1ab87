// Package objectcache keeps local copies of immutable objects for engines that read files: bounded in size, checked
// against a SHA-256 of what was fetched, and held in place while a query reads them.
//
// A copy is fetched under another name and moved to its place whole, so that a process that is killed leaves no partial
// one. The first time that it is wanted after a restart, and whenever its file has changed, its content is checked
// again; a damaged copy is fetched anew. What nobody holds makes room for what is wanted, the longest unused first.
//
// It does not list a store, decides nothing about what is published (cataloging), and is no cache of objects that
// change: an object has one content for good.
package objectcache
