// Package e2e proves the product from outside: its tests start the real binary, speak to it over the network and
// the command line, and read what it answers. They know files, flags and HTTP, and no package of the product, so
// that a change inside can't change what they ask for.
//
// It is not the place for tests of one package, which stand beside it, nor for proofs that take longer than a
// minute: `make soak` runs some of these tests longer, by LIMNO_E2E_KILLS and LIMNO_E2E_DAYS.
package e2e
