package landing

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/objectkey"
)

// measure is what the members of a sealed object say, all of them read to their ends.
type measure struct {
	last    uint64           // sequence of the last batch
	content objectkey.Member // sums
	patches []patch          // for headers that tell no arrival
	starts  []memberAt       // of a packed object's members
	err     error            // why the object can't be packed
}

// patch puts a name with an arrival in the place of one without.
type patch struct {
	at   int64 // offset of the name in the object
	old  int   // its length
	name string
}

// memberAt is where a member begins.
type memberAt struct {
	sequence uint64
	at       int64
}

// The beginning of a member that landing wrote: gzip, deflate, nothing but a file name, which stands behind ten bytes.
const (
	memberStart = "\x1f\x8b\x08\x08"
	nameOffset  = 10
)

var (
	errForeign  = errors.New("landing has not written it")
	errDisorder = errors.New("its batches are out of order")
)

// maxMeasures bounds what is remembered of objects that could not be packed.
const maxMeasures = 10_000

// measureOf reads an object, unless that was done before. What is wrong with the content stands in the measure. Errors:
// those of the store.
func (k *Keeper) measureOf(ctx context.Context, o *landedObject) (*measure, error) {
	if m := k.measures[o.key]; m != nil {
		return m, nil
	}
	r, err := k.objects.Open(ctx, o.key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	m, err := measureContent(&cancellable{ctx, r}, o.landing)
	if err != nil {
		return nil, err
	}
	if len(k.measures) >= maxMeasures {
		clear(k.measures)
	}
	k.measures[o.key] = m
	return m, nil
}

// measureContent reads members until the first one that is no good.
func measureContent(r io.Reader, named objectkey.Landing) (*measure, error) {
	m := &measure{}
	source := &source{r: r}
	in := bufio.NewReaderSize(source, 64<<10)
	var z gzip.Reader
	for m.err == nil {
		at := source.n - int64(in.Buffered())
		start, err := in.Peek(len(memberStart))
		if len(start) == 0 && errors.Is(err, io.EOF) {
			break
		}
		if string(start) != memberStart {
			m.err = errForeign
			break
		}
		var h objectkey.Member
		if h, m.err = readMember(&z, in); m.err == nil {
			m.err = m.add(h, at, len(z.Name), named)
		}
	}
	if m.err == nil && m.content.Sequence != named.Sequence {
		m.err = errForeign
	}
	return m, source.err
}

// add takes in a member.
func (m *measure) add(h objectkey.Member, at int64, nameLen int, named objectkey.Landing) error {
	if m.content.Lines > 0 && h.Sequence <= m.last || h.Lines <= 0 {
		return errDisorder
	}
	m.last = h.Sequence
	m.content.Add(h)
	if named.Packed() {
		m.starts = append(m.starts, memberAt{h.Sequence, at})
	}
	if h.Arrival == 0 {
		h.Arrival = named.Arrival.UnixMilli()
		m.patches = append(m.patches, patch{at + nameOffset, nameLen, h.Name()})
	}
	return nil
}

// packing reads the content of an object as it stands in a packed one. Close it also when it was not read to its end.
type packing struct {
	ctx     context.Context
	objects limnograph.ObjectReader
	key     string
	patches []patch

	r    io.Reader
	file io.Closer
}

// Read opens the object at the first call, and closes it at its end.
func (p *packing) Read(buf []byte) (int, error) {
	if p.r == nil {
		file, err := p.objects.Open(p.ctx, p.key)
		if err != nil {
			return 0, err
		}
		p.r, p.file = patched(&cancellable{p.ctx, file}, p.patches), file
	}
	n, err := p.r.Read(buf)
	if errors.Is(err, io.EOF) {
		if cerr := p.Close(); cerr != nil {
			err = cerr
		}
	}
	return n, err
}

// Close gives the object back.
func (p *packing) Close() error {
	if p.file == nil {
		return nil
	}
	file := p.file
	p.file = nil
	return file.Close()
}

// patched reads r with other names in some headers.
func patched(r io.Reader, patches []patch) io.Reader {
	var parts []io.Reader
	at := int64(0)
	for _, p := range patches {
		parts = append(parts, io.LimitReader(r, p.at-at), strings.NewReader(p.name), &skip{r, int64(p.old)})
		at = p.at + int64(p.old)
	}
	return io.MultiReader(append(parts, r)...)
}

// skip reads nothing: it passes over n bytes.
type skip struct {
	r io.Reader
	n int64
}

// Read passes over what is left.
func (s *skip) Read([]byte) (int, error) {
	passed, err := io.CopyN(io.Discard, s.r, s.n)
	s.n -= passed
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if s.n > 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return 0, io.EOF
}
