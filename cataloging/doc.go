// Package cataloging publishes what has landed: it registers the table of every namespace and the partition of every
// sealed object, records the object in the ledger, and swaps in a new file set that queries read from then on.
//
// Sealed objects come as events, which know their lines and time bounds. A lost event is harmless, because the store
// is compared with the ledger: all of it at the start and every hour, the newest arrival hours every half minute. A
// listing knows no bounds; the headers of an object's gzip members do, where landing wrote them, and are read in the
// background. It writes no objects, and does NOT look at the lines in them.
package cataloging
