package landing

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"limnograph"
)

// recover seals what an earlier process left, and returns the greatest sequence that it used there.
func (l *Lander) recover(ctx context.Context) (used uint64, err error) {
	names, err := l.segments.Names(ctx)
	if err != nil {
		return 0, err
	}
	if err := l.recoverImports(ctx, names); err != nil {
		return 0, err
	}
	for _, name := range names {
		if strings.HasPrefix(name, importSegments) {
			continue
		}
		last, err := l.recoverSegment(ctx, name)
		if err != nil {
			return 0, err
		}
		used = max(used, last)
	}
	return used, nil
}

// recoverSegment cuts the torn tail, which was never acknowledged, and seals the rest.
func (l *Lander) recoverSegment(ctx context.Context, name string) (used uint64, err error) {
	key, err := keyOf(name)
	if err != nil {
		return 0, err
	}
	g, content, err := l.segments.Recover(ctx, name)
	if err != nil {
		return 0, err
	}
	found, err := scanMembers(content)
	if err = errors.Join(err, content.Close()); err != nil {
		return 0, errors.Join(err, g.Close())
	}
	if found.size == 0 {
		return 0, l.discard(ctx, name, g)
	}
	if err := g.Truncate(found.size); err != nil {
		return 0, errors.Join(err, g.Close())
	}
	return found.last, l.sealRecovered(ctx, name, key, g, found)
}

func (l *Lander) sealRecovered(ctx context.Context, name, key string, g limnograph.Segment, found scan) error {
	info, err := g.Seal(ctx, key)
	if limnograph.ErrorCode(err) == limnograph.CodeExists {
		return errors.Join(g.Close(), l.dropTwin(ctx, name, key))
	}
	if err != nil {
		return errors.Join(err, g.Close())
	}
	l.announce(info, found.content, strings.HasPrefix(name, quarantineSegments))
	return nil
}

// dropTwin removes a segment whose object exists: a crash came between the two steps of sealing or salvaging. No other
// segment can have made the object, for the key holds a sequence; still, nothing is removed that the object lacks.
// The object is there but its name need not be durable, if the crash came before its directory was synced: it is put
// again, which makes it so, before the only durable copy goes.
func (l *Lander) dropTwin(ctx context.Context, name, key string) error {
	same, err := l.startsWith(ctx, name, key)
	if err != nil {
		return err
	}
	if !same {
		return &limnograph.Error{Code: limnograph.CodeConflict, Op: "recover segment", Message: "segment " + name + " and object " + key + " differ", Hint: "move one of them out of the data directory"}
	}
	if err := l.putAgain(ctx, key); err != nil {
		return err
	}
	return l.segments.Remove(ctx, name)
}

func (l *Lander) putAgain(ctx context.Context, key string) error {
	content, err := l.objects.Open(ctx, key)
	if err != nil {
		return err
	}
	_, err = l.objects.Put(ctx, key, content, limnograph.PutOptions{})
	return errors.Join(err, content.Close())
}

// startsWith reports whether a segment begins with all bytes of an object.
func (l *Lander) startsWith(ctx context.Context, name, key string) (same bool, err error) {
	object, err := l.objects.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer object.Close()
	g, content, err := l.segments.Recover(ctx, name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, content.Close(), g.Close()) }()
	return hasPrefix(bufio.NewReader(content), bufio.NewReader(object))
}

func hasPrefix(content, prefix io.ByteReader) (bool, error) {
	for {
		want, err := prefix.ReadByte()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		got, err := content.ReadByte()
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return false, err
		}
		if ended || got != want {
			return false, nil
		}
	}
}

// scan is what the whole members of a segment hold.
type scan struct {
	size    int64 // bytes of whole members
	last    uint64
	content header
}

// scanMembers reads members until the first one that is torn or damaged. An error is one of reading: then nothing is
// known about the tail, and nothing may be cut.
func scanMembers(r io.Reader) (found scan, err error) {
	source := &source{r: r}
	buffered := bufio.NewReaderSize(source, 64<<10)
	var z gzip.Reader
	for {
		h, err := readMember(&z, buffered)
		if source.err != nil {
			return found, source.err
		}
		if err != nil {
			return found, nil //nolint:nilerr // a torn or damaged member is the end, not a failure
		}
		found.size = source.n - int64(buffered.Buffered())
		found.last = max(found.last, h.sequence)
		found.content.add(h)
	}
}

// readMember reads one member to its end, with its checksum. Its lines are counted, not believed.
func readMember(z *gzip.Reader, r *bufio.Reader) (h header, err error) {
	if err := z.Reset(r); err != nil {
		return h, err
	}
	z.Multistream(false)
	if h, err = parseHeader(z.Name); err != nil {
		return h, err
	}
	var lines lineCounter
	if _, err = io.Copy(&lines, z); err != nil {
		return h, err
	}
	if int64(lines) != h.lines {
		return h, errors.New("the header counts other lines than there are")
	}
	return h, nil
}

// source counts what was read, and keeps errors of reading apart from those of the format.
type source struct {
	r   io.Reader
	n   int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// lineCounter counts the line ends written to it.
type lineCounter int64

func (c *lineCounter) Write(p []byte) (int, error) {
	*c += lineCounter(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
}
