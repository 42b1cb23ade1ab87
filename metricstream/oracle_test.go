package metricstream_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limnograph"
	"limnograph/metricstream"
)

// The oracle reads a record the naive way, with encoding/json, and states the same rules a second time.

type piece struct {
	Reason string // empty: a datapoint
	Offset int
	Raw    string
	Point  limnograph.Datapoint
}

const space = " \t\r\n"

func oracle(data []byte) []piece {
	var pieces []piece
	for pos := 0; ; {
		pos += len(data[pos:]) - len(bytes.TrimLeft(data[pos:], space))
		if pos == len(data) {
			return pieces
		}
		end, reason := oracleFrame(data, pos)
		p := piece{Reason: reason, Offset: pos, Raw: strings.TrimRight(string(data[pos:end]), space)}
		if reason == "" {
			p.Reason, p.Point = oracleObject(data[pos:end])
		}
		pieces = append(pieces, p)
		pos = end
	}
}

func oracleFrame(data []byte, pos int) (end int, reason string) {
	rest := string(data[pos:])
	switch size, reason := oracleValue(rest); {
	case reason == metricstream.ReasonInvalidJSON || reason == metricstream.ReasonTooDeep:
		return pos + oracleResync(rest), reason
	case reason != "":
		return pos + size, reason
	case rest[0] != '{':
		return pos + size, metricstream.ReasonNotAnObject
	default:
		return pos + size, ""
	}
}

// oracleValue returns the size of the JSON value that text starts with.
func oracleValue(text string) (size int, reason string) {
	if strings.IndexByte(`{["`, text[0]) < 0 { // a scalar is everything up to white space or an object
		size = strings.IndexAny(text+" ", space+"{")
		if !json.Valid([]byte(text[:size])) {
			return 0, metricstream.ReasonInvalidJSON
		}
		return size, numbersInRange([]byte(text[:size]))
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return 0, metricstream.ReasonInvalidJSON
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > metricstream.MaxDepth {
			return 0, metricstream.ReasonTooDeep
		}
		if depth == 0 {
			break
		}
	}
	size = int(dec.InputOffset())
	if text[0] == '"' && size < len(text) && strings.IndexByte(space+"{", text[size]) < 0 {
		return 0, metricstream.ReasonInvalidJSON
	}
	if text[0] != '{' {
		return size, metricstream.ReasonNotAnObject
	}
	return size, numbersInRange([]byte(text[:size]))
}

func numbersInRange(value []byte) string {
	if value[0] != '{' {
		return metricstream.ReasonNotAnObject
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return ""
		}
		if n, ok := token.(json.Number); ok {
			if _, err := n.Float64(); err != nil {
				return metricstream.ReasonNumberOutOfRange
			}
		}
	}
}

func oracleResync(text string) int {
	for i := 1; i < len(text); i++ {
		before := strings.TrimRight(text[1:i], " \t\r")
		switch {
		case text[0] != '{' && (text[i] == '\n' || text[i] == '{'):
			return i
		case text[0] == '{' && text[i] == '{' && (strings.HasSuffix(before, "\n") || strings.HasSuffix(before, "}")):
			return i
		}
	}
	return len(text)
}

func oracleObject(raw []byte) (reason string, dp limnograph.Datapoint) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return metricstream.ReasonInvalidJSON, dp
	}
	for name, to := range map[string]*string{
		"metric_stream_name": &dp.StreamName, "account_id": &dp.AccountID, "region": &dp.Region,
		"namespace": &dp.Namespace, "metric_name": &dp.MetricName, "unit": &dp.Unit,
	} {
		if v, ok := fields[name]; ok && json.Unmarshal(v, to) != nil {
			reason = metricstream.ReasonInvalidField
		}
	}
	steps := []func() string{
		func() string { return reason },
		func() string { return when(dp.MetricName == "", metricstream.ReasonMissingMetricName) },
		func() string { return oracleDimensions(fields["dimensions"], &dp) },
		func() string { return oracleTimestamp(fields["timestamp"], &dp) },
		func() string { return oracleStatistics(fields["value"], &dp) },
	}
	for _, step := range steps {
		if reason := step(); reason != "" {
			return reason, dp
		}
	}
	for _, name := range keysOf(raw) {
		if !knownField(name) && !strings.EqualFold(name, "limno_position") {
			dp.Unknown = append(dp.Unknown, limnograph.Field{Name: name, JSON: string(fields[name])})
		}
	}
	return "", dp
}

func when(condition bool, reason string) string {
	if condition {
		return reason
	}
	return ""
}

func knownField(name string) bool {
	return slices.Contains([]string{
		"metric_stream_name", "account_id", "region", "namespace", "metric_name", "dimensions", "timestamp", "value", "unit",
	}, name)
}

func absent(raw json.RawMessage) bool { return raw == nil || string(raw) == "null" }

func oracleDimensions(raw json.RawMessage, dp *limnograph.Datapoint) string {
	if absent(raw) {
		return ""
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return metricstream.ReasonInvalidDimensions
	}
	for _, name := range keysOf(raw) {
		var s *string
		if json.Unmarshal(m[name], &s) != nil || s == nil {
			return metricstream.ReasonInvalidDimensions
		}
		dp.Dimensions = append(dp.Dimensions, limnograph.Dimension{Name: name, Value: *s})
	}
	return ""
}

func oracleTimestamp(raw json.RawMessage, dp *limnograph.Datapoint) string {
	if absent(raw) {
		return metricstream.ReasonMissingTimestamp
	}
	if c := raw[0]; c != '-' && (c < '0' || c > '9') {
		return metricstream.ReasonInvalidTimestamp
	}
	switch v, _ := strconv.ParseFloat(string(raw), 64); { // keeps exponents small that big.Float would compute with
	case strings.Trim(strings.FieldsFunc(string(raw), func(r rune) bool { return r == 'e' || r == 'E' })[0], "-0.") == "":
		return ""
	case math.Abs(v) < 1 || math.Abs(v) > 1e18:
		return metricstream.ReasonInvalidTimestamp
	}
	f, _, err := big.ParseFloat(string(raw), 10, 4000, big.ToNearestEven)
	if err != nil || !f.IsInt() {
		return metricstream.ReasonInvalidTimestamp
	}
	v, accuracy := f.Int64()
	if accuracy != big.Exact || v < -62135596800000 || v > 253402300799999 {
		return metricstream.ReasonInvalidTimestamp
	}
	dp.Timestamp = v
	return ""
}

func oracleStatistics(raw json.RawMessage, dp *limnograph.Datapoint) string {
	if absent(raw) {
		return metricstream.ReasonMissingStatistics
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return metricstream.ReasonInvalidValue
	}
	set := &dp.Statistics
	for _, name := range keysOf(raw) {
		var v *float64
		if json.Unmarshal(m[name], &v) != nil {
			return metricstream.ReasonInvalidValue
		}
		basic := map[string]struct {
			bit limnograph.Reported
			to  *float64
		}{
			"max": {limnograph.ReportedMax, &set.Max}, "min": {limnograph.ReportedMin, &set.Min},
			"sum": {limnograph.ReportedSum, &set.Sum}, "count": {limnograph.ReportedSampleCount, &set.SampleCount},
		}
		switch b, ok := basic[name]; {
		case v == nil:
		case ok:
			set.Reported, *b.to = set.Reported|b.bit, *v
		default:
			set.Extra = append(set.Extra, limnograph.Statistic{Name: name, Value: *v})
		}
	}
	return when(set.Len() == 0, metricstream.ReasonMissingStatistics)
}

// keysOf returns the keys of an object in the order in which they first appear.
func keysOf(object []byte) []string {
	var keys []string
	dec := json.NewDecoder(bytes.NewReader(object))
	_, _ = dec.Token()
	for dec.More() {
		key, _ := dec.Token()
		var skip json.RawMessage
		_ = dec.Decode(&skip)
		if !slices.Contains(keys, key.(string)) {
			keys = append(keys, key.(string))
		}
	}
	return keys
}

// emitted is what a Decoder said about one piece.
type emitted struct {
	piece
	Line string
}

func decode(d *metricstream.Decoder, data []byte) []emitted {
	var all []emitted
	d.Decode(data, func(dp *limnograph.Datapoint, line []byte) {
		point := *dp
		point.Dimensions = slices.Clone(dp.Dimensions)
		point.Unknown = slices.Clone(dp.Unknown)
		point.Statistics.Extra = slices.Clone(dp.Statistics.Extra)
		all = append(all, emitted{piece{Point: point}, string(line)})
	}, func(r limnograph.Reject) {
		all = append(all, emitted{piece: piece{Reason: r.Reason, Offset: r.Offset, Raw: string(r.Raw)}})
	})
	return all
}

var (
	// sameJSON compares unknown fields by meaning: the decoder compacts them.
	sameJSON = cmp.FilterValues(func(a, b limnograph.Field) bool { return true },
		cmp.Comparer(func(a, b limnograph.Field) bool { return a.Name == b.Name && canonical(a.JSON) == canonical(b.JSON) }))
	asOracle = cmp.Options{sameJSON, cmpopts.EquateEmpty(), cmp.Comparer(sameBits)}
)

func sameBits(a, b float64) bool {
	return strconv.FormatFloat(a, 'b', -1, 64) == strconv.FormatFloat(b, 'b', -1, 64)
}

// canonical is a spelling of a JSON value that ignores white space and escapes, and keeps numbers as they are.
func canonical(value string) string {
	var b strings.Builder
	dec := json.NewDecoder(strings.NewReader(value))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return b.String()
		}
		text, _ := json.Marshal(token)
		b.Write(text)
		b.WriteByte(' ')
	}
}

// requireOracle decodes data and compares everything with the oracle.
func requireOracle(t *testing.T, d *metricstream.Decoder, data []byte) {
	t.Helper()
	want, got := oracle(data), decode(d, data)
	if len(want) != len(got) {
		t.Fatalf("%d pieces, the oracle has %d\ngot  %+v\nwant %+v\ndata %q", len(got), len(want), got, want, data)
	}
	for i := range want {
		if want[i].Reason == "" {
			want[i].Offset, want[i].Raw = 0, ""
			requireCanonical(t, d, got[i])
		} else {
			want[i].Point = limnograph.Datapoint{}
		}
		if diff := cmp.Diff(want[i], got[i].piece, asOracle); diff != "" {
			t.Fatalf("piece %d of %q (-oracle +got):\n%s", i, data, diff)
		}
	}
}

// requireCanonical checks the promises of a canonical line.
func requireCanonical(t *testing.T, d *metricstream.Decoder, e emitted) {
	t.Helper()
	body, ended := strings.CutSuffix(e.Line, "}\n")
	body += "}"
	if !ended || !utf8.ValidString(body) || strings.ContainsAny(body, "\n\r") {
		t.Fatalf("no canonical line: %q", e.Line)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(body)); err != nil || compact.String() != body {
		t.Fatalf("not compact or not JSON (%v): %q", err, body)
	}
	requireUniqueKeys(t, []byte(body))
	again := decode(d, []byte(e.Line))
	if len(again) != 1 || again[0].Line != e.Line {
		t.Fatalf("no fixpoint:\n%q\n%+v", e.Line, again)
	}
	if diff := cmp.Diff(e.Point, again[0].Point, cmpopts.EquateEmpty(), cmp.Comparer(sameBits)); diff != "" {
		t.Fatalf("another datapoint from the line %q:\n%s", e.Line, diff)
	}
}

func requireUniqueKeys(t *testing.T, object []byte) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(object, &fields); err != nil {
		t.Fatal(err)
	}
	for _, o := range [][]byte{object, fields["dimensions"], fields["value"]} {
		dec := json.NewDecoder(bytes.NewReader(o))
		_, _ = dec.Token()
		seen := map[string]bool{}
		for dec.More() {
			key, _ := dec.Token()
			var skip json.RawMessage
			_ = dec.Decode(&skip)
			if seen[key.(string)] {
				t.Fatalf("key %q twice in %s", key, o)
			}
			seen[key.(string)] = true
		}
	}
	if _, ok := fields["limno_position"]; ok {
		t.Fatalf("limno_position in %s", object)
	}
}
