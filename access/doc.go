// Package access is the gate before every read path: it tells who asks from a token, checks that they may, and writes
// one audit line for each access. It neither parses SQL nor knows how an engine runs it.
package access
