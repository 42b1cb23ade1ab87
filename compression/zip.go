package compression

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/zip"
)

// openZip reads the whole archive, because its directory stands at the end.
func openZip(in *bufio.Reader, limit int64) (io.Reader, error) {
	most := limit + limit/8 + 1<<16 // data that does not compress grows a little
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, errTooLarge
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return &zipReader{files: archive.File}, nil
}

// zipReader reads the entries one after the other.
type zipReader struct {
	files []*zip.File
	entry io.ReadCloser
}

func (z *zipReader) Read(p []byte) (int, error) {
	for {
		if z.entry == nil {
			if err := z.next(); err != nil {
				return 0, err
			}
		}
		n, err := z.entry.Read(p)
		if errors.Is(err, io.EOF) {
			err = z.entry.Close()
			z.entry = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next opens the next entry that is no directory.
func (z *zipReader) next() error {
	for len(z.files) > 0 {
		file := z.files[0]
		z.files = z.files[1:]
		if file.FileInfo().IsDir() {
			continue
		}
		entry, err := file.Open()
		if err != nil {
			return noEOF(err)
		}
		z.entry = entry
		return nil
	}
	return io.EOF
}
