package web

import (
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"time"

	"limnograph"
)

// csvEncoder writes RFC 4180 with a header line. NULL is an empty field, an empty text a quoted one; maps and lists
// are JSON text.
type csvEncoder struct {
	w   io.Writer
	buf []byte
}

func (e *csvEncoder) begin(columns []limnograph.Column) error {
	e.buf = e.buf[:0]
	for i, c := range columns {
		e.buf = appendField(separate(e.buf, i), c.Name)
	}
	return e.line()
}

func (e *csvEncoder) row(values []any) error {
	e.buf = e.buf[:0]
	for i, v := range values {
		e.buf = appendCSV(separate(e.buf, i), v)
	}
	return e.line()
}

func (e *csvEncoder) end(bool) error { return nil }

func (e *csvEncoder) line() error {
	e.buf = append(e.buf, '\n')
	_, err := e.w.Write(e.buf)
	return err
}

func appendCSV(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return b
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return append(b, floatText(v)...)
	case string:
		return appendField(b, v)
	case time.Time:
		return append(b, timeText(v)...)
	case []byte:
		return appendField(b, base64.StdEncoding.EncodeToString(v))
	default:
		return appendField(b, string(appendJSON(nil, v)))
	}
}

// appendField quotes what would otherwise read as something else.
func appendField(b []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, "\",\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
