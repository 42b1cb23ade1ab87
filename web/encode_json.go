package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"limnograph"
)

// jsonEncoder writes {"columns":[...],"rows":[[...]],"truncated":false} without holding the rows.
type jsonEncoder struct {
	w    io.Writer
	buf  []byte
	rows int64
}

func (e *jsonEncoder) begin(columns []limnograph.Column) error {
	e.buf = append(e.buf[:0], `{"columns":[`...)
	for i, c := range columns {
		e.buf = separate(e.buf, i)
		e.buf = append(e.buf, `{"name":`...)
		e.buf = appendText(e.buf, c.Name)
		e.buf = append(e.buf, `,"type":`...)
		e.buf = appendText(e.buf, c.Type)
		e.buf = append(e.buf, '}')
	}
	e.buf = append(e.buf, `],"rows":[`...)
	_, err := e.w.Write(e.buf)
	return err
}

func (e *jsonEncoder) row(values []any) error {
	e.buf = e.buf[:0]
	if e.rows > 0 {
		e.buf = append(e.buf, ",\n"...)
	}
	e.rows++
	e.buf = appendList(e.buf, values)
	_, err := e.w.Write(e.buf)
	return err
}

func (e *jsonEncoder) end(truncated bool) error {
	_, err := fmt.Fprintf(e.w, "],\"truncated\":%t}\n", truncated)
	return err
}

// ndjsonEncoder writes one object a line, its fields in the order of the columns.
type ndjsonEncoder struct {
	w     io.Writer
	names [][]byte // quoted, with colon
	buf   []byte
}

func (e *ndjsonEncoder) begin(columns []limnograph.Column) error {
	for _, c := range columns {
		e.names = append(e.names, append(appendText(nil, c.Name), ':'))
	}
	return nil
}

func (e *ndjsonEncoder) row(values []any) error {
	e.buf = append(e.buf[:0], '{')
	for i, v := range values {
		e.buf = separate(e.buf, i)
		e.buf = append(e.buf, e.names[i]...)
		e.buf = appendJSON(e.buf, v)
	}
	e.buf = append(e.buf, "}\n"...)
	_, err := e.w.Write(e.buf)
	return err
}

func (e *ndjsonEncoder) end(bool) error { return nil }

func separate(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// appendJSON writes a value as limnograph.Rows gives it. JSON has no word for NaN and the infinities: they come as
// text. Times are RFC 3339, bytes base64.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendFloat(b, v)
	case string:
		return appendText(b, v)
	case time.Time:
		return appendText(b, timeText(v))
	case []byte:
		return appendText(b, base64.StdEncoding.EncodeToString(v))
	case []any:
		return appendList(b, v)
	case map[string]any:
		return appendMap(b, v)
	default:
		return appendText(b, fmt.Sprint(v))
	}
}

func appendList(b []byte, list []any) []byte {
	b = append(b, '[')
	for i, v := range list {
		b = appendJSON(separate(b, i), v)
	}
	return append(b, ']')
}

func appendMap(b []byte, m map[string]any) []byte {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		b = appendText(separate(b, i), k)
		b = appendJSON(append(b, ':'), m[k])
	}
	return append(b, '}')
}

func appendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return appendText(b, floatText(f))
	}
	return append(b, floatText(f)...)
}

// floatText is the shortest text that reads back as the same number.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// appendText quotes a string; bytes that are no UTF-8 become U+FFFD. Most texts are plain and are copied.
func appendText(b []byte, s string) []byte {
	if isPlain(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	var quoted bytes.Buffer
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte{'\n'})...)
}

// isPlain reports whether JSON writes s as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
