// Package collector asks the Glue API what has become of every job run, lands each answer as a run record, and publishes
// custom metrics of the runs that have ended.
//
// A run comes in three ways: as an event of EventBridge, as a direct call that names job and run, and by itself. For the
// last one Tick looks at the runs that are not known to have ended and asks about those that metrics or events say have,
// sweeps the runs of every job about once an hour, and reads all of its history once. What was lost on one way is found
// on another one, so a lost event or a caller that was down changes nothing in the end. The same steps keep the inventory
// of jobs and tags.
//
// Calls are kept below a budget for each account and Region: a rate, a number for each hour, and for runs about one call
// for each one that ends. What is urgent goes first. A direct call is always made.
//
// Everything can be repeated: the same event, call or sweep again lands nothing new as long as the collector remembers
// the run, and lands a statement that the merge takes for nothing new when it does not.
//
// It is NOT where statements are merged (package record) or where runs are kept (package lake), and it reads no
// datapoints: what metrics say of a run it is told by Config.Open. Error texts leave it redacted, and only as records.
package collector
