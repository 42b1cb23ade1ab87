package web

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"time"

	"limnograph"
)

// The media types of query answers.
const (
	typeJSON    = "application/json"
	typeNDJSON  = "application/x-ndjson"
	typeCSV     = "text/csv; charset=utf-8; header=present"
	typeParquet = "application/vnd.apache.parquet"
)

func mediaType(format string) string {
	switch format {
	case "ndjson":
		return typeNDJSON
	case "csv":
		return typeCSV
	default:
		return typeJSON
	}
}

// rowEncoder writes a result in one format. Calls: begin, row for each, end.
type rowEncoder interface {
	begin(columns []limnograph.Column) error
	row(values []any) error
	end(truncated bool) error
}

// encodeRows writes rows to their end, at most limit of them; 0 is no limit.
func encodeRows(w io.Writer, format string, rows limnograph.Rows, limit int64) error {
	enc := newEncoder(w, format)
	if err := enc.begin(rows.Columns()); err != nil {
		return err
	}
	for n := int64(0); ; n++ {
		values, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return enc.end(false)
		}
		if err != nil {
			return err
		}
		if limit > 0 && n == limit {
			return enc.end(true)
		}
		if err := enc.row(values); err != nil {
			return err
		}
	}
}

func newEncoder(w io.Writer, format string) rowEncoder {
	switch format {
	case "ndjson":
		return &ndjsonEncoder{w: w}
	case "csv":
		return &csvEncoder{w: w}
	default:
		return &jsonEncoder{w: w}
	}
}

// writeTimeout is how long a reader of a stream may take for one block.
const writeTimeout = time.Minute

// slowWriter buffers a stream and gives every block its own time to go out.
type slowWriter struct {
	*bufio.Writer
	begun bool // a block went out: the status is gone with it
	w     http.ResponseWriter
}

func newSlowWriter(w http.ResponseWriter) *slowWriter {
	s := &slowWriter{w: w}
	s.Writer = bufio.NewWriterSize(blockWriter{s}, 64<<10)
	return s
}

type blockWriter struct{ s *slowWriter }

// Write sends one block.
func (b blockWriter) Write(p []byte) (int, error) {
	b.s.begun = true
	control := http.NewResponseController(b.s.w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every connection has deadlines
	n, err := b.s.w.Write(p)
	_ = control.SetWriteDeadline(time.Time{})
	return n, err
}
