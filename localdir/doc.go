// Package localdir keeps objects and open segments as files below one directory, with writes that survive kill -9 and
// power loss, and a lock that lets one process own the directory.
//
// Layout of the directory:
//
//	<key>              an object; a key has at least two parts, so files at the top are never objects
//	segments/<name>    open segments of landing
//	staging/           objects that are being written; emptied by whoever takes the lock
//	LOCK, LOCK.holder  the lock and the words that name its holder
//
// Durable means: the file is synced, then its name (by syncing its directory), and every directory above it up to the
// root has been synced once. An object appears under its key in one step and is never changed afterwards.
//
// It is NOT a general file system wrapper, knows nothing about what the objects hold, and does not guard against
// other programs that write into the directory.
package localdir
