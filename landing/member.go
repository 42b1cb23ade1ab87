package landing

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"

	"limnograph/objectkey"
)

// scratchSize is how many bytes of positioned lines are gathered for one call of the compressor.
const scratchSize = 64 << 10

// members builds gzip members and keeps the compressors and buffers for the next ones.
type members struct {
	writers sync.Pool // of *gzip.Writer
	scratch sync.Pool // of *[]byte
	outputs sync.Pool // of *bytes.Buffer
}

// build compresses what fill writes. The buffer goes back by recycle.
func (m *members) build(h objectkey.Member, fill func(w io.Writer) error) (*bytes.Buffer, error) {
	out, _ := m.outputs.Get().(*bytes.Buffer)
	if out == nil {
		out = new(bytes.Buffer)
	}
	out.Reset()
	z, err := m.writer(out)
	if err != nil {
		return nil, err
	}
	z.Name = h.Name()
	err = fill(z)
	if cerr := z.Close(); err == nil {
		err = cerr
	}
	m.writers.Put(z)
	return out, err
}

func (m *members) writer(out io.Writer) (*gzip.Writer, error) {
	if z, ok := m.writers.Get().(*gzip.Writer); ok {
		z.Reset(out)
		return z, nil
	}
	return gzip.NewWriterLevel(out, gzip.BestSpeed)
}

// maxPooled keeps one huge batch from holding memory for good.
const maxPooled = 8 << 20

func (m *members) recycle(b *bytes.Buffer) {
	if b != nil && b.Cap() <= maxPooled {
		m.outputs.Put(b)
	}
}

// buildLines compresses lines with their positions; first is the position of the first one, which also carries the
// attributes of the batch.
func (m *members) buildLines(h objectkey.Member, lines []byte, first int64, attributes map[string]string) (*bytes.Buffer, error) {
	extra, err := attributeField(attributes)
	if err != nil {
		return nil, err
	}
	return m.build(h, func(w io.Writer) error { return m.writeLines(w, h.Lines, lines, first, extra) })
}

func (m *members) writeLines(w io.Writer, count int64, lines []byte, position int64, extra []byte) error {
	scratch, _ := m.scratch.Get().(*[]byte)
	if scratch == nil {
		scratch = new(make([]byte, 0, scratchSize+scratchSize/2))
	}
	defer m.scratch.Put(scratch)
	buf, end := (*scratch)[:0], position+count
	var err error
	for len(lines) > 0 {
		n := bytes.IndexByte(lines, '\n') + 1
		if buf, err = appendPositioned(buf, lines[:n], position, extra); err != nil {
			return err
		}
		lines, position, extra = lines[n:], position+1, nil
		if len(buf) >= scratchSize || len(lines) == 0 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	if position != end {
		return fmt.Errorf("%d lines where the batch says %d", count-(end-position), count)
	}
	*scratch = buf
	return nil
}
