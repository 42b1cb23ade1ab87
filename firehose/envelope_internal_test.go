package firehose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	fast "github.com/segmentio/asm/base64"

	"limnograph"
	"limnograph/metricstream"
)

// seen is what a scan finds: the request id and, for each record, its bytes or that they are no base64.
type seen struct {
	requestID string
	records   []string
}

const notBase64 = "\x00not base64"

// scanAll runs the scanner the way a delivery does.
func scanAll(w *workspace, b []byte) (seen, error) {
	w.rejects = w.rejects[:0]
	w.splitter.Reset(nil)
	var out seen
	var e envelope
	err := e.scan(b, func(index int, s *scanner) error {
		before := len(w.rejects)
		err := w.data(index, s)
		switch {
		case err != nil:
		case len(w.rejects) > before:
			out.records = append(out.records, notBase64)
		default:
			out.records = append(out.records, string(w.record))
		}
		return err
	})
	out.requestID = e.requestID
	return out, err
}

// errOracle is all that the oracle says about a bad envelope.
var errOracle = errors.New("refused")

// oracle reads the same with encoding/json, and adds the rules that it does not have.
func oracle(b []byte) (out seen, err error) {
	if !json.Valid(b) || !utf8.Valid(b) || depth(b) > maxDepth {
		return out, errOracle
	}
	members, err := membersOf(b, "requestId", "timestamp", "records")
	if err != nil {
		return out, err
	}
	if json.Unmarshal(members["requestId"], &out.requestID) != nil || out.requestID == "" || len(out.requestID) > maxRequestID {
		return out, errOracle
	}
	var number json.Number
	if text, ok := members["timestamp"]; ok && (text[0] == '"' || text[0] == 'n' || json.Unmarshal(text, &number) != nil) {
		return out, errOracle
	}
	var records []json.RawMessage
	if json.Unmarshal(members["records"], &records) != nil || len(records) == 0 || len(records) > maxRecords {
		return out, errOracle
	}
	for _, r := range records {
		data, err := oracleRecord(r)
		if err != nil {
			return out, err
		}
		out.records = append(out.records, data)
	}
	return out, nil
}

func oracleRecord(r json.RawMessage) (string, error) {
	members, err := membersOf(r, "data")
	if err != nil {
		return "", err
	}
	var text string
	if raw := members["data"]; len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return "", errOracle
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return notBase64, nil
	}
	return string(data), nil
}

// membersOf reads one object, in which the known names may stand once.
func membersOf(b []byte, known ...string) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errOracle
	}
	out := map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, errOracle
		}
		name := key.(string)
		if _, twice := out[name]; twice && slices.Contains(known, name) {
			return nil, errOracle
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, errOracle
		}
		out[name] = value
	}
	return out, nil
}

// depth counts like the scanner: the levels that are open around a skipped value, which holds the deepest one.
func depth(b []byte) int {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	open, deepest := 0, 0
	for {
		t, err := dec.Token()
		if err == io.EOF {
			return deepest
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		default:
			deepest = max(deepest, open)
		}
	}
}

// FuzzEnvelope compares scanner and encoding/json: the same verdict, the same id, the same records.
func FuzzEnvelope(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 1000 {
			f.Add(b)
		}
	}
	for _, s := range []string{
		`{"requestId":"a","timestamp":1.5e-3,"records":[{"data":""},{"data":"aGVsbG8=","x":{"y":[null,true,-0.1]}}]}`,
		`{"requestId":"\u0061\n\ud83d\ude00\ud800","records":[{"data":"\u0061GVs\/b8="},{"data":"?"}]}`,
		`{"requestId":"a","records":[{"data":"aGVs\r\nbG8="}]}`,
		`{"requestId":"a","records":[{"data":"` + strings.Repeat("QUJD", 40) + `"},{"data":"` + strings.Repeat("QUJD", 40) + `QQ=="}]}`,
		`{"requestId":"a","records":[{"data":"` + strings.Repeat("QUJD", 40) + "\n" + `"}],"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
		"{\"requestId\":\"\xff\"}", `[]`, `{}`, `{"a":1,"a":2}`,
	} {
		f.Add([]byte(s))
	}
	w := newWorkspaces(func(string) string { return limnograph.OtherTable }).take()
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		have, haveErr := scanAll(w, b)
		want, wantErr := oracle(b)
		if (haveErr == nil) != (wantErr == nil) {
			t.Fatalf("scanner: %v, oracle: %v", haveErr, wantErr)
		}
		if haveErr == nil && (have.requestID != want.requestID || !slices.Equal(have.records, want.records)) {
			t.Fatalf("scanner: %q, oracle: %q", have, want)
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the scan changed the body")
		}
	})
}

// FuzzAttributes compares the header's parser with encoding/json where that one is strict enough.
func FuzzAttributes(f *testing.F) {
	f.Add(`{"commonAttributes":{"a":"b","\u0063":"\ud800"}}`)
	f.Add(`{"x":[1],"commonAttributes":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		have, err := parseAttributes([]byte(text))
		if err != nil {
			return
		}
		var want struct {
			CommonAttributes map[string]*string `json:"commonAttributes"`
		}
		members, err := membersOf([]byte(text), "commonAttributes")
		if err != nil || json.Unmarshal(members["commonAttributes"], &want.CommonAttributes) != nil {
			t.Fatalf("%q was accepted", text)
		}
		if len(have) != len(want.CommonAttributes) || len(have) > maxAttributes {
			t.Fatalf("have %q, want %v", have, want)
		}
		for k, v := range want.CommonAttributes {
			if v == nil || have[k] != *v {
				t.Fatalf("have %q, want %v", have, want)
			}
		}
	})
}

// FuzzBase64 compares the fast decoder with the standard library on text without line breaks: what it accepts must be
// the same bytes, and it must accept all that the standard library accepts.
func FuzzBase64(f *testing.F) {
	for _, n := range []int{0, 1, 2, 3, 33, 44, 45, 46, 60, 100, 1000} {
		text := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff, 0xfb, 0x00}, n)[:n])
		f.Add([]byte(text))
		for i := range min(n, 64) {
			bad := []byte(text)
			bad[i] ^= 0x80
			f.Add(bad)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		w := &workspace{}
		ok := w.decode(text)
		want := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Decode(want, text)
		if plain := !bytes.ContainsAny(text, "\r\n"); ok != (err == nil && plain) {
			t.Fatalf("fast accepts: %v, standard library: %v", ok, err)
		}
		if ok && !bytes.Equal(w.record, want[:n]) {
			t.Fatalf("fast %q, standard library %q", w.record, want[:n])
		}
	})
}

// TestFastBase64EveryByte puts every byte at every place of a vector: only the 64 letters may pass.
func TestFastBase64EveryByte(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	dst := make([]byte, 256)
	for at := range 96 {
		text := []byte(strings.Repeat("QUJD", 32))
		for c := range 256 {
			text[at] = byte(c)
			n, err := fast.StdEncoding.Decode(dst, text)
			good := err == nil && n == exactLen(text)
			if want := strings.IndexByte(alphabet, byte(c)) >= 0; good != want {
				t.Fatalf("byte %#02x at %d: accepted %v", c, at, good)
			}
		}
	}
}

// TestScanAllocatesNothing for good envelopes, but for the request id.
func TestScanAllocatesNothing(t *testing.T) {
	body := []byte(`{"requestId":"0123456789","timestamp":1,"records":[` + strings.Repeat(`{"data":"aGVsbG8="},`, 999) + `{"data":"aGVsbG8="}]}`)
	n := testing.AllocsPerRun(20, func() {
		var e envelope
		if err := e.scan(body, func(_ int, s *scanner) error { _, _, err := s.str("data"); return err }); err != nil {
			t.Fatal(err)
		}
	})
	if n > 8 {
		t.Errorf("%v allocations for 1,000 records", n)
	}
}

// TestWorkspacesAreBounded: idle memory stays within its budget, and what was put away last comes first.
func TestWorkspacesAreBounded(t *testing.T) {
	p := newWorkspaces(func(string) string { return limnograph.OtherTable })
	for range 10 {
		p.put(&workspace{splitter: metricstream.NewSplitter(p.tableOf), body: make([]byte, 0, maxIdleBytes/4)})
	}
	if len(p.idle) != 3 || p.bytes > maxIdleBytes {
		t.Errorf("%d idle, %d bytes", len(p.idle), p.bytes)
	}
	last := p.idle[2]
	if p.take() != last {
		t.Error("not the last one")
	}
	for range 5 {
		p.take()
	}
	if len(p.idle) != 0 || p.bytes != 0 {
		t.Errorf("%d idle, %d bytes", len(p.idle), p.bytes)
	}
}

// TestMatch looks for keys by their digests.
func TestMatch(t *testing.T) {
	keys := []AccessKey{{Name: "a", Keys: []string{"1", "2"}}, {Name: "b"}, {Name: "c", Keys: []string{"3", "1"}}}
	for presented, want := range map[string]int{"1": 0, "2": 0, "3": 2, "4": -1, "": -1} {
		if have := match(keys, presented); have != want {
			t.Errorf("match(%q) = %d, want %d", presented, have, want)
		}
	}
}
