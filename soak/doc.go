// Package soak holds the long proofs: the real binary under load for minutes and hours, killed, starved and
// restarted. `make soak` runs it, `make test` does not; docs/verification.md records the results with commit and
// command.
//
// LIMNO_BIN names the binary. What can be proved within a minute belongs in e2e.
package soak
