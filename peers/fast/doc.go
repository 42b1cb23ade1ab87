// Package fast is the part of peers that needs only moto and versitygw: both are small and start in a second, so its
// tests run in `.ci/run` as well as in `make peers`. They carry the build tag peers and share the servers of one pool
// (main_test.go).
//
// What needs MiniStack, Trino or the aws command is in package peers.
package fast
