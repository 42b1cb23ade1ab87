package soak_test

import (
	"fmt"
	"os"
	"testing"
)

// TestMain starts the proofs when a binary is named, as `make soak` does; a plain `go test ./...` must not run for
// hours by accident.
func TestMain(m *testing.M) {
	if os.Getenv("LIMNO_BIN") == "" {
		fmt.Println("soak: not part of this run; `make soak` starts the long proofs")
		return
	}
	os.Exit(m.Run())
}
