// Package landing makes deliveries durable: it appends each batch to the open segment of its table, sender and arrival
// hour, syncs, and only then says so; and it turns segments into landing objects that SQL readers may see.
//
// What it promises:
//
//   - Append returns nil only when every line of the batch survives kill -9 and power loss.
//   - Every landed line has a position, `"limno_position"`: batch sequence << 24 | line. Sequences never repeat, also
//     over restarts, and positions increase within an object.
//   - An object is a row of gzip members, one per batch. The file name in a member's header says
//     <sequence>.<lines>.<smallest>.<greatest datapoint time>.<arrival>, so that readers know what is in a member.
//   - What is no datapoint goes to quarantine/ with its reason, within a quota.
//   - Of a segment that a disk has damaged all whole members land, and the damaged bytes are kept below
//     quarantine/damaged/; only a torn end, which was never acknowledged, is cut and gone.
//   - A Keeper makes one object of an hour's small ones, in which every line keeps its position, and deletes what is older
//     than its retention; nothing goes before readers have the one in the place of the other, or before it was curated.
//   - At a limit (disk, quota, waiting bytes) Append refuses with CodeUnavailable; it never drops.
//   - Feed hands out what is durable at once, before it is sealed, and each batch at least once; History reads objects.
//
// It is NOT a decoder (metricstream is), and publishes no table (cataloging does).
package landing
