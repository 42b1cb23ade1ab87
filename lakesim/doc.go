// Package lakesim proves the exact lake as a whole: its tests run landing and the lake over memory that fails, or over
// Iceberg files, with a sender that keeps its own ledger of the truth, and compare after every step. One seed decides
// everything: what is sent, when each part works, what fails, and where the power goes.
//
// It is not the place for tests of one package, which stand beside it, nor for what needs the real binary (package e2e
// has that). It has no code that ships.
package lakesim
