// Package lambdazip packs the bootstrap of a Lambda function into the archive that AWS takes: the same bytes make the same
// archive, whenever and wherever it is packed.
//
// It builds nothing and uploads nothing.
package lambdazip

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"time"
)

// name of the program that the runtime provided.al2023 starts.
const name = "bootstrap"

// Write writes an archive with one executable entry, bootstrap. Errors: those of reading and writing.
func Write(w io.Writer, bootstrap io.Reader) error {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err == nil {
		_, err = io.Copy(entry, bootstrap)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return fmt.Errorf("pack the function: %w", err)
	}
	return nil
}
