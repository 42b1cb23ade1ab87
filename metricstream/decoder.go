package metricstream

import (
	"fmt"

	"limnograph"
)

// keepBuffer is the size from which a buffer is not kept for the next object.
const keepBuffer = 1 << 20

// Decoder reads the JSON objects of one record after the other. It is reusable and keeps the strings that it saw lately
// (at most some 8 MiB). It is not safe for concurrent use.
type Decoder struct {
	names  *interner
	syntax syntax
	object object
	fast   fastPath
	dp     limnograph.Datapoint
	line   []byte
	start  int // the piece that is being emitted is data[start:end]
	end    int
}

// NewDecoder returns a Decoder.
func NewDecoder() *Decoder {
	names := newInterner()
	return &Decoder{names: names, object: object{names: names}, fast: newFastPath(names)}
}

// Decode walks data, which holds any number of JSON objects, and calls emit for each good datapoint and reject for
// each piece that is none, in the order of data. The package documentation states where a piece ends and what the
// canonical line is.
//
// dp is reused: it and its slices are valid until emit returns, its strings for good. line ends in "}\n" and is valid
// until emit returns; it may lie in data. r.Raw lies in data; r.Offset is its place there, r.Record is 0. Neither
// function may call the Decoder.
func (d *Decoder) Decode(data []byte, emit func(dp *limnograph.Datapoint, line []byte), reject func(r limnograph.Reject)) {
	for pos := skipSpace(data, 0); pos < len(data); pos = skipSpace(data, d.end) {
		d.start = pos
		if dp, end, ok := d.fast.read(data, pos); ok {
			d.end = end
			emit(dp, d.lineOf(data))
			continue
		}
		if p := d.careful(data); p.found() {
			raw := trimSpace(data[d.start:d.end])
			reject(limnograph.Reject{Reason: p.reason, Detail: p.detail, Offset: d.start, Raw: raw})
			continue
		}
		emit(&d.dp, d.line)
	}
}

// lineOf returns the piece, which is canonical, with a line break behind it.
func (d *Decoder) lineOf(data []byte) []byte {
	if d.end < len(data) && data[d.end] == '\n' {
		return data[d.start : d.end+1 : d.end+1]
	}
	d.line = append(append(d.line[:0], data[d.start:d.end]...), '\n')
	return d.line
}

// careful reads the piece at d.start without assumptions, and sets d.end. Without a problem, d.dp and d.line are set.
func (d *Decoder) careful(data []byte) problem {
	if f := d.syntax.checkTop(data, d.start); f != noFault {
		d.end = resync(data, d.start)
		return faultProblem(f, d.syntax.pos)
	}
	d.end = d.syntax.pos
	switch {
	case data[d.start] != '{':
		return problem{ReasonNotAnObject, "the value is no JSON object"}
	case d.end-d.start > MaxObjectBytes:
		return tooLarge(d.end - d.start)
	case d.syntax.overflow:
		return problem{ReasonNumberOutOfRange, "a number is beyond the range of a 64-bit float"}
	}
	return d.interpret(data[d.start:d.end])
}

// interpret reads an object that is correct JSON.
func (d *Decoder) interpret(raw []byte) problem {
	if cap(d.line) > keepBuffer {
		d.line = nil
	}
	if p := d.object.read(raw, &d.dp); p.found() {
		return p
	}
	d.line = d.object.appendLine(d.line[:0], &d.dp)
	if len(d.line) > MaxObjectBytes {
		return tooLarge(len(d.line))
	}
	return problem{}
}

func faultProblem(f fault, at int) problem {
	if f == faultDepth {
		return problem{ReasonTooDeep, fmt.Sprintf("nested deeper than %d levels at byte %d", MaxDepth, at)}
	}
	return problem{ReasonInvalidJSON, fmt.Sprintf("no correct JSON at byte %d", at)}
}

func tooLarge(size int) problem {
	return problem{ReasonTooLarge, fmt.Sprintf("%d bytes, more than %d", size, MaxObjectBytes)}
}
