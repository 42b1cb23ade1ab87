package compression

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/klauspost/compress/snappy"
)

// headSize is how many bytes sniffing looks at.
const headSize = 4096

// maxRatio is above what Snappy can reach: three bytes stand for 64 at most.
const maxRatio = 22

// head is the beginning of an object, or all of it.
type head struct {
	bytes []byte
	whole bool
}

// sniff names the format, and false for what is none. The formats without magic bytes are told apart by their structure:
//
//   - a raw Snappy block starts with its size and a literal; a small object is decoded to be sure. Text cannot pass for
//     a bigger block: a size of more than 127 makes the beginning no UTF-8, and a smaller one allows 200 bytes at most.
//   - Hadoop Snappy starts with two lengths that must agree with the size in the block that follows.
func sniff(h head) (Format, bool) {
	switch {
	case len(h.bytes) == 0:
		return None, true
	case bytes.HasPrefix(h.bytes, []byte("\x1f\x8b")):
		return Gzip, true
	case bytes.HasPrefix(h.bytes, []byte("PK\x03\x04")), bytes.HasPrefix(h.bytes, []byte("PK\x05\x06")):
		return Zip, true
	case bytes.HasPrefix(h.bytes, []byte("\xff\x06\x00\x00sNaPpY")):
		return SnappyFramed, true
	case isHadoop(h):
		return HadoopSnappy, true
	case h.whole && isBlock(h) && decodes(h.bytes):
		return Snappy, true
	case startsJSON(h.bytes), isText(h):
		return None, true
	case isBlock(h):
		return Snappy, true
	}
	return "", false
}

// isBlock reports whether h can be the beginning of a raw Snappy block.
func isBlock(h head) bool {
	size, n := binary.Uvarint(h.bytes)
	if n <= 0 || n > 5 || size > 1<<32-1 {
		return false
	}
	if size == 0 {
		return h.whole && n == len(h.bytes)
	}
	if h.whole && size/maxRatio > uint64(len(h.bytes)) || !h.whole && snappy.MaxEncodedLen(int(size)) < len(h.bytes) {
		return false
	}
	literal, ok := literalLength(h.bytes[n:])
	return ok && literal <= size
}

// literalLength returns the length of the literal that a block's elements must start with.
func literalLength(elements []byte) (uint64, bool) {
	if len(elements) == 0 || elements[0]&3 != 0 {
		return 0, false
	}
	short := uint64(elements[0] >> 2)
	if short < 60 {
		return short + 1, true
	}
	extra := int(short - 59)
	if len(elements) <= extra {
		return 0, false
	}
	var length [8]byte
	copy(length[:], elements[1:1+extra])
	return binary.LittleEndian.Uint64(length[:]) + 1, true
}

func decodes(block []byte) bool {
	_, err := snappy.DecodeStrict(nil, block)
	return err == nil
}

// isHadoop reports whether h can be the beginning of Hadoop Snappy.
func isHadoop(h head) bool {
	if h.whole && len(h.bytes) == 4 {
		return binary.BigEndian.Uint32(h.bytes) == 0
	}
	if len(h.bytes) < 10 {
		return false
	}
	block, chunk := uint64(binary.BigEndian.Uint32(h.bytes)), uint64(binary.BigEndian.Uint32(h.bytes[4:]))
	size, n := binary.Uvarint(h.bytes[8:])
	if n <= 0 || size == 0 || size > block || chunk < size/maxRatio || chunk > uint64(maxEncoded(size)) {
		return false
	}
	literal, ok := literalLength(h.bytes[8+n:])
	return ok && literal <= size
}

// maxEncoded returns the greatest size of a raw block with size bytes of content.
func maxEncoded(size uint64) int { return snappy.MaxEncodedLen(int(min(size, 1<<31))) }

// startsJSON reports whether text starts with an object or array, and what comes next can stand there.
func startsJSON(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	text = bytes.TrimLeft(text[1:], " \t\r\n")
	return len(text) == 0 || bytes.IndexByte([]byte(`"{}[]`), text[0]) >= 0
}

// isText reports whether h is UTF-8 without control characters.
func isText(h head) bool {
	for text := h.bytes; len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			return !h.whole && !utf8.FullRune(text)
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		text = text[size:]
	}
	return true
}
