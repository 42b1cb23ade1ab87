package compression_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/compression"
)

func formats() []compression.Format {
	return []compression.Format{
		compression.Gzip, compression.Zip, compression.SnappyFramed, compression.Snappy, compression.HadoopSnappy, compression.None,
	}
}

func lines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"metric_stream_name":"s","metric_name":"m%d","timestamp":%d,"value":{"max":%d.5}}`+"\n", i%7, 1764000000000+i, i*7919)
	}
	return b.Bytes()
}

func readAll(data []byte, limit int64) ([]byte, compression.Format, error) {
	r, format, err := compression.NewReader(bytes.NewReader(data), limit)
	if err != nil {
		return nil, format, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	return content, format, err
}

// TestFormats reads every format, large and small, in one piece and byte by byte.
func TestFormats(t *testing.T) {
	for _, format := range formats() {
		for _, n := range []int{1, 3, 5000} {
			t.Run(fmt.Sprintf("%s %d lines", format, n), func(t *testing.T) {
				want := lines(n)
				data := encode(t, format, want)
				for _, in := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data))} {
					r, got, err := compression.NewReader(in, int64(len(want)))
					if err != nil || got != format {
						t.Fatalf("format %q, %v", got, err)
					}
					content, err := io.ReadAll(r)
					if err != nil || !bytes.Equal(content, want) {
						t.Fatalf("%d bytes of %d, %v", len(content), len(want), err)
					}
				}
			})
		}
	}
}

// TestLimit stops one byte after the limit, wherever that is.
func TestLimit(t *testing.T) {
	content := lines(3000)
	for _, format := range formats() {
		data := encode(t, format, content)
		for _, limit := range []int64{0, 1, 100, int64(len(content)) - 1, -1, math.MinInt64} {
			got, _, err := readAll(data, limit)
			if limnograph.ErrorCode(err) != limnograph.CodeTooLarge || int64(len(got)) > max(limit, 0) {
				t.Errorf("%s, limit %d: %d bytes, %v", format, limit, len(got), err)
			}
		}
		if got, _, err := readAll(data, math.MaxInt64); err != nil || len(got) != len(content) {
			t.Errorf("%s without limit: %d bytes, %v", format, len(got), err)
		}
	}
}

// TestEmpty reads content without a byte.
func TestEmpty(t *testing.T) {
	for _, format := range formats() {
		content, got, err := readAll(encode(t, format, nil), 10)
		if format == compression.SnappyFramed { // the encoder writes nothing at all
			format = compression.None
		}
		if err != nil || got != format || len(content) != 0 {
			t.Errorf("%s: %q %q %v", format, got, content, err)
		}
	}
}

// TestPlainText is never taken for Snappy, whatever its size.
func TestPlainText(t *testing.T) {
	for _, text := range []string{
		"{", "[", "{}", "[]", "\n{}\n", `{"a":1}`, `{ "a": 1 }`, "\t[ {} ]", "\ufeff{\"a\":1}", "\ufeff{ \"a\":1}", "hello", "hello\nhello world",
		"p0 time 1", "é", "日本語", "\r\n", " ", "12", "true", `{"a":"` + "\xff" + `"}`, "{ \"a\":\"\xff\"}",
	} {
		for n := range 200 {
			data := []byte(text + strings.Repeat("x", n))
			content, format, err := readAll(data, 1000)
			if err != nil || format != compression.None || !bytes.Equal(content, data) {
				t.Fatalf("%q: format %q, %v", data, format, err)
			}
		}
		long := []byte(text + strings.Repeat("\n"+text+"x", 5000))
		if _, format, err := readAll(long, 1<<20); err != nil || format != compression.None {
			t.Fatalf("%q many times: format %q, %v", text, format, err)
		}
	}
}

// TestAnyContentOfAnySize compresses JSON lines of every small size: the first bytes of raw Snappy are their number.
func TestAnyContentOfAnySize(t *testing.T) {
	for n := range 400 {
		want := []byte(`{"a":"` + strings.Repeat("xyz", n) + `"}`)
		for _, format := range formats() {
			content, got, err := readAll(encode(t, format, want), 1<<20)
			if err != nil || got != format || !bytes.Equal(content, want) {
				t.Fatalf("%s of %d bytes: format %q, %v", format, len(want), got, err)
			}
		}
	}
}

// TestRoundTrip compresses any text.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.SliceOfN(rapid.StringMatching(`"[a-f]{0,30}"|[ -~]{0,40}|\n`), 1, 200).Draw(rt, "body")
		want := []byte("{" + strings.Join(body, ":") + "}")
		format := rapid.SampledFrom(formats()[:5]).Draw(rt, "format")
		content, got, err := readAll(encode(t, format, want), int64(len(want)))
		if err != nil || got != format || !bytes.Equal(content, want) {
			rt.Fatalf("%s: format %q, %v", format, got, err)
		}
	})
}

// TestDamage cuts and alters data.
func TestDamage(t *testing.T) {
	content := lines(2000)
	for _, format := range formats()[:5] {
		data := encode(t, format, content)
		t.Run(string(format)+" cut", func(t *testing.T) {
			for _, cut := range []int{len(data) / 3, len(data) / 2, len(data) - 5, len(data) - 1} {
				got, _, err := readAll(data[:cut], 1<<30)
				if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !bytes.HasPrefix(content, got) {
					t.Errorf("%d of %d bytes: %d bytes of content, %v", cut, len(data), len(got), err)
				}
			}
		})
		t.Run(string(format)+" continued", func(t *testing.T) {
			if _, _, err := readAll(append(bytes.Clone(data), "\x07 some more"...), 1<<30); limnograph.ErrorCode(err) != limnograph.CodeInvalid && format != compression.Zip {
				t.Errorf("%v", err)
			}
		})
	}
	for _, name := range []string{"\x00\x01\x02\x03", "\x1f\x8b", "\x1f\x8b\x08", "PK\x03\x04", "\xff\xfe{\x00", "BZh9\x01", "\x28\xb5\x2f\xfd\x00", "\x00\x00\x00\x05", "\xff\xff\xff\xff\x0f\xf0"} {
		if _, format, err := readAll([]byte(name), 1<<30); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: format %q, %v", name, format, err)
		}
	}
}

// TestSourceError passes an error of the object on, because it is no damage.
func TestSourceError(t *testing.T) {
	broken := errors.New("broken disk")
	for _, format := range formats() {
		data := encode(t, format, lines(20_000))
		for _, n := range []int{0, 100, len(data) / 2} {
			r, _, err := compression.NewReader(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken)), 1<<30)
			if err == nil {
				_, err = io.ReadAll(r)
			}
			if !errors.Is(err, broken) || limnograph.ErrorCode(err) == limnograph.CodeInvalid {
				t.Errorf("%s after %d bytes: %v", format, n, err)
			}
		}
	}
}

// TestClose ends reading.
func TestClose(t *testing.T) {
	r, _, err := compression.NewReader(strings.NewReader("{}"), 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("%d, %v", n, err)
	}
}

// FuzzNewReader reads anything: no panic, no content over the limit, and only errors that say whose fault it is.
func FuzzNewReader(f *testing.F) {
	for _, format := range formats() {
		f.Add(encode(f, format, lines(4)), int64(1000))
	}
	f.Add([]byte("{ \"a\":1}"), int64(3))
	f.Fuzz(func(t *testing.T, data []byte, limit int64) {
		limit = min(limit, 1<<20)
		content, format, err := readAll(data, limit)
		if int64(len(content)) > max(limit, 0) {
			t.Fatalf("%d bytes, limit %d", len(content), limit)
		}
		if code := limnograph.ErrorCode(err); code != "" && code != limnograph.CodeInvalid && code != limnograph.CodeTooLarge {
			t.Fatalf("%v", err)
		}
		if err == nil && format == compression.None && !bytes.Equal(content, data) {
			t.Fatalf("plain content changed")
		}
	})
}
