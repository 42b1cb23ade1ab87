package compression

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/snappy"
)

var errBlock = errors.New("a length does not agree with the data")

// openBlock decodes an object that is one raw Snappy block.
func openBlock(in *bufio.Reader, limit int64) (io.Reader, error) {
	first, _ := in.Peek(binary.MaxVarintLen32)
	size, err := snappy.DecodedLen(first)
	if err != nil {
		return nil, err
	}
	if int64(size) > limit {
		return nil, errTooLarge
	}
	block, err := io.ReadAll(io.LimitReader(in, int64(snappy.MaxEncodedLen(size))+1))
	if err != nil {
		return nil, err
	}
	content, err := decodeBlock(nil, block, int64(size))
	if err != nil {
		return nil, err
	}
	return bytes.NewReader(content), nil
}

// decodeBlock decodes a raw block of at most limit bytes. It allocates no more than the block can hold.
func decodeBlock(dst, block []byte, limit int64) ([]byte, error) {
	size, err := snappy.DecodedLen(block)
	if err != nil {
		return nil, err
	}
	if int64(size) > limit || size/maxRatio > len(block) {
		return nil, errBlock
	}
	return snappy.DecodeStrict(dst, block)
}

// hadoopReader reads Hadoop Snappy: blocks of a 32-bit content length, then chunks of a 32-bit length and a raw Snappy
// block until the content of the block is complete.
type hadoopReader struct {
	in      *bufio.Reader
	limit   int64 // bytes of content that may still come
	missing int64 // bytes of the current block that were not decoded yet
	chunk   bytes.Buffer
	decoded []byte // the last chunk's memory
	ready   []byte // the part of decoded that was not read yet
}

func (h *hadoopReader) Read(p []byte) (int, error) {
	for len(h.ready) == 0 {
		if err := h.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, h.ready)
	h.ready = h.ready[n:]
	return n, nil
}

// next reads a block's length or a chunk.
func (h *hadoopReader) next() error {
	length, err := h.length()
	if err != nil {
		return err
	}
	if h.missing == 0 {
		h.missing = length
		return nil
	}
	if h.missing > h.limit {
		return errTooLarge
	}
	return h.decode(length)
}

// length reads a 32-bit length. The end of the data is only good between blocks.
func (h *hadoopReader) length() (int64, error) {
	var b [4]byte
	_, err := io.ReadFull(h.in, b[:])
	if h.missing > 0 {
		err = noEOF(err)
	}
	return int64(binary.BigEndian.Uint32(b[:])), err
}

func (h *hadoopReader) decode(length int64) error {
	if length > int64(maxEncoded(uint64(h.missing))) {
		return errBlock
	}
	h.chunk.Reset()
	if _, err := io.CopyN(&h.chunk, h.in, length); err != nil {
		return noEOF(err)
	}
	content, err := decodeBlock(h.decoded[:cap(h.decoded)], h.chunk.Bytes(), h.missing)
	if err != nil {
		return err
	}
	h.decoded, h.ready = content, content
	h.missing -= int64(len(content))
	h.limit -= int64(len(content))
	return nil
}

// noEOF turns an end of data where more must follow into an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
