// Command pack writes the archive of a Lambda function: pack BOOTSTRAP ARCHIVE. It is for the Makefile, so that building
// the function needs no C++ compiler; limno deploy packs by itself.
package main

import (
	"errors"
	"fmt"
	"os"

	"limnograph/cmd/limno/internal/lambdazip"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: pack BOOTSTRAP ARCHIVE")
	}
	bootstrap, err := os.Open(args[0]) //nolint:gosec // the paths are those of whoever builds
	if err != nil {
		return err
	}
	defer bootstrap.Close()
	archive, err := os.Create(args[1]) //nolint:gosec // as above
	if err != nil {
		return err
	}
	err = lambdazip.Write(archive, bootstrap)
	return errors.Join(err, archive.Close())
}
