package landing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/objectkey"
)

// damagedPrefix is where the bytes go that were cut out of a segment though they may have been acknowledged.
const damagedPrefix = objectkey.QuarantinePrefix + "damaged/"

// tail is what follows the first whole members of a segment.
type tail struct {
	segment string
	offset  int64  // where it starts in the segment
	data    []byte // all of it: a segment is not much larger than Config.SealBytes
	stop    error  // why its first member can't be read
	whole   []span // the whole members in it, neighbours joined
	found   scan   // what those hold
}

// span is a part of a tail.
type span struct{ from, to int }

// readTail reads what follows the members that a scan has found, and looks for whole ones in it.
func (l *Lander) readTail(ctx context.Context, name string, found scan) (t tail, err error) {
	t = tail{segment: name, offset: found.size, stop: found.stop}
	err = l.withContent(ctx, name, func(content io.Reader) (err error) {
		if _, err = io.CopyN(io.Discard, content, t.offset); err == nil {
			t.data, err = io.ReadAll(content)
		}
		return err
	})
	t.search()
	return t, err
}

// search finds the whole members. A member cannot hide in the lines of another: those are UTF-8, which no gzip header
// is.
func (t *tail) search() {
	start := []byte{0x1f, 0x8b, 8, 8} // gzip, deflate, nothing but a file name
	for at := 0; ; {
		next := bytes.Index(t.data[at:], start)
		if next < 0 {
			return
		}
		at += next
		r := bytes.NewReader(t.data[at:])
		var z gzip.Reader
		h, err := readMember(&z, r)
		if err != nil {
			at++
			continue
		}
		end := len(t.data) - r.Len()
		t.add(span{at, end}, h)
		at = end
	}
}

func (t *tail) add(member span, h objectkey.Member) {
	t.found.add(h)
	if last := len(t.whole) - 1; last >= 0 && t.whole[last].to == member.from {
		t.whole[last].to = member.to
		return
	}
	t.whole = append(t.whole, member)
}

// damaged tells damage from a tear, which a crash leaves of members that were never acknowledged: the beginning of one,
// perhaps with zeros where its rest should be. Whatever could be more counts as damage.
func (t *tail) damaged() bool {
	return len(t.whole) > 0 || errors.Is(t.stop, gzip.ErrChecksum) || !endsEarly(bytes.TrimRight(t.data, "\x00"))
}

// endsEarly reports whether data is the beginning of a member.
func endsEarly(data []byte) bool {
	var z gzip.Reader
	_, err := readMember(&z, bytes.NewReader(data))
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// gaps are the parts of the tail that can't be read.
func (t *tail) gaps() (gaps []span) {
	from := 0
	for _, w := range append(t.whole, span{len(t.data), len(t.data)}) {
		if w.from > from {
			gaps = append(gaps, span{from, w.from})
		}
		from = w.to
	}
	return gaps
}

// readers read the whole members.
func (t *tail) readers() (all []io.Reader) {
	for _, w := range t.whole {
		all = append(all, bytes.NewReader(t.data[w.from:w.to]))
	}
	return all
}

// repair makes the object of a damaged segment from its whole members, before and behind the damage, and saves the
// rest. The segment stays as it is until all of that is durable, so that it may be repeated at any point.
func (l *Lander) repair(ctx context.Context, name, key string, found scan, t tail) error {
	if err := l.saveDamage(ctx, t); err != nil {
		return err
	}
	found.merge(t.found)
	if found.content.Lines > 0 {
		info, err := l.putWhole(ctx, key, t)
		if err != nil {
			return err
		}
		l.announce(info, found.content, quarantineName(name))
	}
	return l.remove(ctx, name)
}

func (l *Lander) saveDamage(ctx context.Context, t tail) error {
	for _, gap := range t.gaps() {
		offset := t.offset + int64(gap.from)
		key := fmt.Sprintf("%s%s-%d.bin", damagedPrefix, t.segment, offset)
		if err := l.putOnce(ctx, key, t.data[gap.from:gap.to]); err != nil {
			return err
		}
		l.cfg.Logger.Warn("damaged bytes of a segment were moved to quarantine",
			slog.String("segment", t.segment), slog.Int64("offset", offset), slog.Int("bytes", gap.to-gap.from), slog.String("saved", key))
	}
	return nil
}

// putOnce writes an object unless it exists. One that does is written again as it is: after a crash its name need not
// be durable.
func (l *Lander) putOnce(ctx context.Context, key string, data []byte) error {
	_, err := l.objects.Put(ctx, key, bytes.NewReader(data), limnograph.PutOptions{IfAbsent: true})
	if limnograph.ErrorCode(err) == limnograph.CodeExists {
		return l.putAgain(ctx, key)
	}
	return err
}

// putWhole writes the whole members of a segment as its object. The object may exist, if a crash came before the
// segment was removed: then it must hold nothing that the segment does not.
func (l *Lander) putWhole(ctx context.Context, key string, t tail) (info limnograph.ObjectInfo, err error) {
	if err := l.checkTwin(ctx, key, t); err != nil {
		return info, err
	}
	err = l.withContent(ctx, t.segment, func(content io.Reader) error {
		info, err = l.objects.Put(ctx, key, t.repaired(content), limnograph.PutOptions{})
		return err
	})
	return info, err
}

// repaired is the content of a segment without its damage.
func (t *tail) repaired(content io.Reader) io.Reader {
	return io.MultiReader(append([]io.Reader{io.LimitReader(content, t.offset)}, t.readers()...)...)
}

// checkTwin refuses an object that is neither a part of the damaged segment nor one of what repair makes of it.
func (l *Lander) checkTwin(ctx context.Context, key string, t tail) error {
	if _, err := l.objects.Stat(ctx, key); limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return nil
	}
	unchanged := func(content io.Reader) io.Reader { return content }
	for _, form := range []func(io.Reader) io.Reader{t.repaired, unchanged} {
		same, err := l.startsWith(ctx, t.segment, key, form)
		if err != nil || same {
			return err
		}
	}
	return twinError(t.segment, key)
}

// withContent reads a segment from its start.
func (l *Lander) withContent(ctx context.Context, name string, read func(content io.Reader) error) (err error) {
	g, content, err := l.segments.Recover(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close(), g.Close()) }()
	return read(content)
}
