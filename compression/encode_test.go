package compression_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	"github.com/klauspost/compress/snappy"

	"limnograph/compression"
)

// encode compresses content in every format, with encoders apart from the package where the library has them.
func encode(tb testing.TB, format compression.Format, content []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case compression.Gzip:
		half := len(content) / 2
		for _, member := range [][]byte{content[:half], content[half:]} {
			w := gzip.NewWriter(&b)
			_, _ = w.Write(member)
			err = w.Close()
		}
	case compression.Zip:
		w := zip.NewWriter(&b)
		half := len(content) / 2
		_, _ = w.Create("folder/")
		first, _ := w.Create("folder/a")
		_, _ = first.Write(content[:half])
		second, _ := w.CreateHeader(&zip.FileHeader{Name: "b", Method: zip.Store})
		_, _ = second.Write(content[half:])
		err = w.Close()
	case compression.SnappyFramed:
		w := snappy.NewBufferedWriter(&b)
		_, _ = w.Write(content)
		err = w.Close()
	case compression.Snappy:
		b.Write(snappy.Encode(nil, content))
	case compression.HadoopSnappy:
		b.Write(encodeHadoop(content, 1<<16, 1<<14))
	default:
		b.Write(content)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// encodeHadoop writes blocks of blockSize bytes of content, in chunks of chunkSize.
func encodeHadoop(content []byte, blockSize, chunkSize int) []byte {
	out := []byte{}
	for len(content) > 0 {
		block := content[:min(blockSize, len(content))]
		content = content[len(block):]
		out = binary.BigEndian.AppendUint32(out, uint32(len(block)))
		for len(block) > 0 {
			chunk := block[:min(chunkSize, len(block))]
			block = block[len(chunk):]
			encoded := snappy.Encode(nil, chunk)
			out = binary.BigEndian.AppendUint32(out, uint32(len(encoded)))
			out = append(out, encoded...)
		}
	}
	if len(out) == 0 {
		out = make([]byte, 4)
	}
	return out
}
