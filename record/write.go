package record

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// appendText appends a JSON string; what is no UTF-8 becomes U+FFFD.
func appendText(b []byte, text string) []byte {
	if plain(text) {
		return append(append(append(b, '"'), text...), '"')
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return append(b, `""`...) // never: a string has a form in JSON
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})...)
}

// appendName appends the name of a member, and the comma before it.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendText(b, name), ':')
}

// appendMap appends a JSON object of texts, names sorted by their bytes.
func appendMap(b []byte, m map[string]string) []byte {
	b = append(b, '{')
	for _, name := range slices.Sorted(maps.Keys(m)) {
		b = appendText(appendName(b, name), m[name])
	}
	return append(b, '}')
}

func appendDouble(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'g', -1, 64) }

// appendValue appends a value of a column.
func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendText(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendDouble(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	}
	return append(b, "null"...)
}

// lineWriter writes a line field by field. What is not reported is left out.
type lineWriter struct{ b []byte }

func newLine() *lineWriter { return &lineWriter{b: append(make([]byte, 0, 1024), '{')} }

func (w *lineWriter) text(name, value string) {
	if value != "" {
		w.b = appendText(appendName(w.b, name), value)
	}
}

func (w *lineWriter) time(name string, value time.Time) {
	if !value.IsZero() {
		w.b = strconv.AppendInt(appendName(w.b, name), value.UnixMilli(), 10)
	}
}

func (w *lineWriter) long(name string, value *int64) {
	if value != nil {
		w.b = strconv.AppendInt(appendName(w.b, name), *value, 10)
	}
}

func (w *lineWriter) double(name string, value *float64) {
	if value != nil && !math.IsNaN(*value) && !math.IsInf(*value, 0) {
		w.b = appendDouble(appendName(w.b, name), *value)
	}
}

func (w *lineWriter) boolean(name string, value *bool) {
	if value != nil {
		w.b = strconv.AppendBool(appendName(w.b, name), *value)
	}
}

func (w *lineWriter) object(name string, value map[string]string) {
	if value != nil {
		w.b = appendMap(appendName(w.b, name), value)
	}
}

func (w *lineWriter) end() []byte { return append(w.b, '}', '\n') }
