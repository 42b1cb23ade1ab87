// Package runerror reads the error texts of job runs: which of Glue's error categories and which finer class of ours an
// error belongs to, and what of its text may be kept once secrets and data are struck out.
//
// It is pure. It is NOT where errors are kept (package record), asks nobody about a run, and never sees a log.
package runerror
