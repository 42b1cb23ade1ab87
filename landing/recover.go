package landing

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"

	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/objectkey"
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

// recoverSegment seals what is whole, and cuts a torn tail, which was never acknowledged.
func (l *Lander) recoverSegment(ctx context.Context, name string) (used uint64, err error) {
	key, err := keyOf(name)
	if err != nil {
		return 0, err
	}
	var found scan
	err = l.withContent(ctx, name, func(content io.Reader) (err error) {
		found, err = scanMembers(content)
		return err
	})
	if err != nil {
		return 0, err
	}
	if found.size < found.total {
		return l.recoverTail(ctx, name, key, found)
	}
	return found.last, l.sealWhole(ctx, name, key, found)
}

func (l *Lander) recoverTail(ctx context.Context, name, key string, found scan) (used uint64, err error) {
	t, err := l.readTail(ctx, name, found)
	if err != nil {
		return 0, err
	}
	if t.damaged() {
		return max(found.last, t.found.last), l.repair(ctx, name, key, found, t)
	}
	l.cfg.Logger.Info("the torn tail of a segment is cut, which was never acknowledged",
		slog.String("segment", name), slog.Int64("offset", t.offset), slog.Int("bytes", len(t.data)))
	return found.last, l.sealWhole(ctx, name, key, found)
}

// sealWhole seals a segment after cutting it to its whole members, or removes it when it has none.
func (l *Lander) sealWhole(ctx context.Context, name, key string, found scan) error {
	if found.size == 0 {
		return l.remove(ctx, name)
	}
	g, content, err := l.segments.Recover(ctx, name)
	if err != nil {
		return err
	}
	if err := errors.Join(content.Close(), g.Truncate(found.size)); err != nil {
		return errors.Join(err, g.Close())
	}
	return l.sealRecovered(ctx, name, key, g, found)
}

func (l *Lander) sealRecovered(ctx context.Context, name, key string, g limnograph.Segment, found scan) error {
	info, err := g.Seal(ctx, key)
	if limnograph.ErrorCode(err) == limnograph.CodeExists {
		return errors.Join(g.Close(), l.dropTwin(ctx, name, key))
	}
	if err != nil {
		return errors.Join(err, g.Close())
	}
	l.announce(info, found.content, quarantineName(name))
	return nil
}

// dropTwin removes a segment whose object exists: a crash came between the two steps of sealing or salvaging. No other
// segment can have made the object, for the key holds a sequence; still, nothing is removed that the object lacks.
// The object is there but its name need not be durable, if the crash came before its directory was synced: it is put
// again, which makes it so, before the only durable copy goes.
func (l *Lander) dropTwin(ctx context.Context, name, key string) error {
	same, err := l.startsWith(ctx, name, key, func(content io.Reader) io.Reader { return content })
	if err != nil {
		return err
	}
	if !same {
		return twinError(name, key)
	}
	if err := l.putAgain(ctx, key); err != nil {
		return err
	}
	return l.remove(ctx, name)
}

func twinError(name, key string) error {
	return &limnograph.Error{Code: limnograph.CodeConflict, Op: "recover segment", Message: "segment " + name + " and object " + key + " differ", Hint: "move one of them out of the data directory"}
}

func (l *Lander) putAgain(ctx context.Context, key string) error {
	content, err := l.objects.Open(ctx, key)
	if err != nil {
		return err
	}
	_, err = l.objects.Put(ctx, key, content, limnograph.PutOptions{})
	return errors.Join(err, content.Close())
}

// startsWith reports whether a form of a segment's content begins with all bytes of an object.
func (l *Lander) startsWith(ctx context.Context, name, key string, form func(content io.Reader) io.Reader) (same bool, err error) {
	object, err := l.objects.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer object.Close()
	err = l.withContent(ctx, name, func(content io.Reader) (err error) {
		same, err = hasPrefix(bufio.NewReader(form(content)), bufio.NewReader(object))
		return err
	})
	return same, err
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
	total   int64 // bytes of the segment
	stop    error // why there is no further member; io.EOF at the end of the segment
	last    uint64
	content objectkey.Member
}

func (s *scan) add(h objectkey.Member) {
	s.last = max(s.last, h.Sequence)
	s.content.Add(h)
}

// merge adds what members behind these hold.
func (s *scan) merge(later scan) {
	s.last = max(s.last, later.last)
	if later.content.Lines > 0 {
		s.content.Add(later.content)
	}
}

// scanMembers reads members until the first one that is torn or damaged. An error is one of reading: then nothing is
// known about the tail, and nothing may be cut.
func scanMembers(r io.Reader) (found scan, err error) {
	source := &source{r: r}
	buffered := bufio.NewReaderSize(source, 64<<10)
	var z gzip.Reader
	for found.stop == nil {
		var h objectkey.Member
		if h, found.stop = readMember(&z, buffered); found.stop == nil {
			found.size = source.n - int64(buffered.Buffered())
			found.add(h)
		}
	}
	_, _ = io.Copy(io.Discard, buffered) // source keeps an error
	found.total = source.n
	return found, source.err
}

// stream is what gzip reads without reading past the end of a member.
type stream interface {
	io.Reader
	io.ByteReader
}

// readMember reads one member to its end, with its checksum. Its lines are counted, not believed.
func readMember(z *gzip.Reader, r stream) (h objectkey.Member, err error) {
	if err := z.Reset(r); err != nil {
		return h, err
	}
	z.Multistream(false)
	if h, err = objectkey.ParseMember(z.Name); err != nil {
		return h, err
	}
	var lines lineCounter
	if _, err = io.Copy(&lines, z); err != nil {
		return h, err
	}
	if int64(lines) != h.Lines {
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
