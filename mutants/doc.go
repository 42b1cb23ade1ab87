// Package mutants plants mistakes in the code, one at a time, and proves that the tests notice each: a test suite is
// worth what it kills. `make mutants` runs them; `go test` alone makes sure that each mistake can still be planted.
//
// It is not a mutation tester that invents mistakes: each one on the list breaks a promise that the design makes. It has
// no code that ships.
package mutants
