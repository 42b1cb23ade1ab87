// Package cataloging publishes what has landed: it registers the table of every namespace and the partition of every
// sealed object, records the object in the ledger, and swaps in a new file set that queries read from then on.
//
// Worker does so for a store of its own. Sealed objects come as events, which know their lines and time bounds. A lost
// event is harmless, because the store is compared with the ledger: all of it at the start and every hour, the newest
// arrival hours every half minute. A listing knows no bounds: they are read in the background, from the headers of an
// object's gzip members where landing wrote them, else from its lines.
//
// Whoever deletes an object withdraws it first. An object that is gone without that leaves the catalogue too, with an
// error in the log; Vanished names it for as long as the process lives.
//
// A packed object takes the place of those that it was made of in one step, whether Replace brings it or a listing finds
// it: no file set has a line twice, and none has it not.
//
// Handler does it where the catalogue is shared and notifications come through a queue, as on AWS: a batch of messages
// at a time, without a ledger, any number of handlers beside each other. Definitions of tables come from the store then
// (StoredDefinitions), and Reconcile finds what lost notifications would have told.
//
// It writes no objects, and changes nothing in them.
package cataloging
