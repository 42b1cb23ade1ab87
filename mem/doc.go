// Package mem keeps objects, segments, a catalogue and queues in memory, by the contracts that files and servers fulfil, for
// tests.
//
// Of a disk it models what a machine forgets when its power fails: bytes that were not synced (all of them, or all but a prefix,
// perhaps with a torn tail) and names whose directory was not synced. Tests cut the power, kill the process, fill the
// disk, or make one operation fail, and then look at what is left.
//
// It is NOT a cache and not for production: nothing is ever freed.
package mem
