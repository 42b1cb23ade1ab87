// Package metricstream reads the JSON output of a CloudWatch metric stream: it turns each good object into a
// limnograph.Datapoint with its canonical line, and names a reason for every piece that is no datapoint. Splitter
// does so for a whole delivery and groups the lines by table.
//
// It is not a general JSON library, knows no delivery protocol and no storage, and never decides what a metric means.
//
// # Framing
//
// A record is a sequence of JSON values with any white space, or none, between them. A value that is correct JSON ends
// at its last byte, so whatever is wrong with its meaning never touches its neighbours. A piece that is not correct
// JSON ends where the next datapoint can begin:
//
//   - when it starts with '{': before the first '{' after its start that stands behind a line break or behind a '}',
//     with nothing but white space between them; so the next line and the object after "}{" are kept, and a broken
//     pretty-printed object is one piece;
//   - otherwise: at the next line break or before the next '{'.
//
// A scalar at top level counts as correct only when white space, a '{' or the end stands behind it.
//
// # Canonical line
//
// One compact JSON object with '\n' behind it, which yyjson (DuckDB), the OpenX SerDe (Athena, Trino) and this package
// read alike: valid UTF-8, no key twice among the top-level fields, the dimensions and the statistics, statistics as
// finite numbers, the timestamp as an integer. An object that already has this form is copied byte for byte; any other
// is written anew. In a line written anew, unknown fields come first: a reader that ignores the case of names and lets
// the last one win then still reads the known field. A field called limno_position (in any case) is dropped, because
// landing adds its own.
//
// Decoding a canonical line gives the same datapoint and the same line.
package metricstream
