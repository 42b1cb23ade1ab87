// Package peers holds the product against other people's programs: MiniStack and moto in place of AWS, versitygw as a
// store, Trino as the engine, the aws command as a second client. Its tests carry the build tag peers, run by
// `make peers`, and share the servers of one pool (main_test.go).
//
// What needs only moto and versitygw, which start in a second, is in peers/fast: that part runs in `.ci/run` too.
// It is not the place for tests of one adapter against a server in Go, which stand beside the adapter.
package peers
