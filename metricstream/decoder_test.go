package metricstream_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/metricstream"
)

// with returns the good object with one text replaced.
func with(old, replacement string) string {
	if !strings.Contains(good, old) {
		panic(old)
	}
	return strings.Replace(good, old, replacement, 1)
}

// outcome lists "ok" or the reason for each piece.
func outcome(all []emitted) []string {
	var words []string
	for _, e := range all {
		if e.Reason == "" {
			words = append(words, "ok")
		} else {
			words = append(words, e.Reason)
		}
	}
	return words
}

// TestOutcomes states which pieces are datapoints and why others are none. Each case also agrees with the oracle.
func TestOutcomes(t *testing.T) {
	pretty := strings.ReplaceAll(strings.ReplaceAll(good, ",", ",\r\n\t"), "{", "{\n ")
	value := `{"max":0.5,"min":0.25,"sum":0.75,"count":2.0}`
	dimensions := `{"JobName":"a","JobRunId":"jr_1","Type":"gauge"}`
	for _, tt := range []struct{ name, data, want string }{
		{"nothing", "", ""},
		{"only white space", " \r\n\t\n", ""},
		{"no line break at the end", good, "ok"},
		{"CRLF and blank lines", good + "\r\n\r\n\n" + good + "\r\n", "ok ok"},
		{"nothing between objects", good + good + good, "ok ok ok"},
		{"pretty-printed", pretty + pretty + "\n" + pretty, "ok ok ok"},
		{"account, region, namespace, unit and stream absent", `{"metric_name":"m","timestamp":1,"value":{"max":1}}`, "ok"},
		{"null is absent", with(`"unit":"None"`, `"unit":null`) + with(`"Glue"`, "null") + with(dimensions, "null"), "ok ok ok"},
		{"null statistic is absent", with(`"max":0.5`, `"max":null`), "ok"},
		{"last duplicate wins", with(`"unit"`, `"timestamp":"x","timestamp":5,"unit"`) + with(`"unit"`, `"timestamp":null,"unit"`), "ok missing_timestamp"},
		{"last duplicate statistic wins", with(`"max":0.5`, `"max":"x","max":1`) + with(`"max":0.5`, `"p":1,"p":"x"`), "ok invalid_value"},
		{"last duplicate dimension wins", with(`"Type":"gauge"`, `"T":1,"T":"x"`) + with(`"Type":"gauge"`, `"JobName":1`), "ok invalid_dimensions"},
		{"timestamp forms", with("1764000000000", "1.764e12") + with("1764000000000", "1764000000000.000") + with("1764000000000", "17640000000000E-1"), "ok ok ok"},
		{"negative timestamp", with("1764000000000", "-1") + with("1764000000000", "-0"), "ok ok"},
		{"timestamp that is none", with("1764000000000", "1.5") + with("1764000000000", `"1764000000000"`) + with("1764000000000", "true") +
			with("1764000000000", "9223372036854775808") + with("1764000000000", "1e-400"), strings.Repeat("invalid_timestamp ", 5)},
		{"timestamp beyond the years 1 to 9999", with("1764000000000", "253402300800000") + with("1764000000000", "253402300799999"), "invalid_timestamp ok"},
		{"missing metric_name", with(`"metric_name"`, `"metricname"`) + with(`"glue.driver.jvm.heap.usage"`, `""`) + "{}", "missing_metric_name missing_metric_name missing_metric_name"},
		{"missing timestamp", with(`"timestamp":1764000000000,`, ""), "missing_timestamp"},
		{"missing statistics", with(value, "{}") + with(value, "null") + with(`,"value":`+value, "") + with(value, `{"max":null}`), strings.Repeat("missing_statistics ", 4)},
		{"value that is none", with(value, "1") + with("0.5", `"0.5"`) + with("0.5", "{}") + with("0.5", "true"), strings.Repeat("invalid_value ", 4)},
		{"dimensions that are none", with(dimensions, "[]") + with(`"jr_1"`, "1") + with(`"jr_1"`, "null"), strings.Repeat("invalid_dimensions ", 3)},
		{"text field that is none", with(`"111122223333"`, "111122223333") + with(`"None"`, "[]"), "invalid_field invalid_field"},
		{"NaN and Infinity", with("0.5", "NaN") + "\n" + with("0.5", "-Infinity") + "\n" + good, "invalid_json invalid_json ok"},
		{"numbers beyond float64", with("0.5", "1e999") + with("0.5", "-1E309") + with(`"unit"`, `"x":[1e999],"unit"`) +
			with("0.5", "1"+strings.Repeat("0", 400)) + good, strings.Repeat("number_out_of_range ", 4) + "ok"},
		{"numbers that JSON has not", with("0.5", "01") + "\n" + with("0.5", ".5") + "\n" + with("0.5", "5.") + "\n" + with("0.5", "+5") + "\n" +
			with("0.5", "1e") + "\n" + with("0.5", "0x1") + "\n" + good, strings.Repeat("invalid_json ", 6) + "ok"},
		{"arrays and scalars", `[{"a":1}] 12 "x" true null` + good, "not_an_object not_an_object not_an_object not_an_object not_an_object ok"},
		{"text", "hello\nhello world\n" + good, "invalid_json invalid_json ok"},
		{"truncated in a text, next line", good[:40] + "\n" + good, "invalid_json ok"},
		{"truncated before a value, next line", `{"value":` + "\n" + good + "\n" + good, "invalid_json ok ok"},
		{"truncated after an object, next line", good[:len(good)-16] + "\n" + good, "invalid_json ok"},
		{"truncated in an array, last line", `{"x":[` + "\n" + good, "invalid_json ok"},
		{"broken before }{", `{"a":tru}` + good + `{"a" 1}` + good, "invalid_json ok invalid_json ok"},
		{"broken pretty-printed object is one piece", strings.Replace(pretty, ":0.5", ":0,5", 1) + "\n" + pretty, "invalid_json ok"},
		{"stray comma and brackets", "[" + good + "," + good + ",]}\n" + good, "invalid_json ok invalid_json ok invalid_json ok"},
		{"byte order mark", "\ufeff" + good, "invalid_json ok"},
		{"unknown escape, raw control byte", with("jr_1", `\x`) + "\n" + with("jr_1", "\x01") + "\n" + good, "invalid_json invalid_json ok"},
		{"deepest nesting", with(`"unit"`, `"x":`+strings.Repeat("[", metricstream.MaxDepth-1)+strings.Repeat("]", metricstream.MaxDepth-1)+`,"unit"`), "ok"},
		{"too deep by one", with(`"unit"`, `"x":`+strings.Repeat("[", metricstream.MaxDepth)+strings.Repeat("]", metricstream.MaxDepth)+`,"unit"`) + good, "too_deep ok"},
		{"10,000 levels", `{"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}\n" + good, "too_deep ok"},
		{"10,000 objects in each other", strings.Repeat(`{"x":`, 10_000) + "1" + strings.Repeat("}", 10_000) + good, "too_deep ok"},
		{"10,000 levels, never closed", strings.Repeat(`{"x":[`, 10_000) + "\n" + good, "too_deep ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := metricstream.NewDecoder()
			got := outcome(decode(d, []byte(tt.data)))
			if want := strings.Fields(tt.want); !slices.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			requireOracle(t, d, []byte(tt.data))
		})
	}
}

// TestLines states the canonical line of objects that are not delivered in canonical form.
func TestLines(t *testing.T) {
	const head, tail = `{"metric_name":"m","dimensions":{},"timestamp":1,"value":{`, "}}\n"
	for _, tt := range []struct{ name, data, want string }{
		{"canonical object is copied", good, good + "\n"},
		{
			"any order is canonical", `{"value":{"p99":1.50,"max":1E2},"timestamp":1,"unit":"","dimensions":{},"metric_name":"m"}`,
			`{"value":{"p99":1.50,"max":1E2},"timestamp":1,"unit":"","dimensions":{},"metric_name":"m"}` + "\n",
		},
		{"white space", `{ "metric_name" : "m" , "dimensions" : { } , "timestamp" : 1 , "value" : { "max" : 1.0 } }`, head + `"max":1.0` + tail},
		{"dimensions absent", `{"metric_name":"m","timestamp":1,"value":{"max":1}}`, head + `"max":1` + tail},
		{"duplicates", `{"metric_name":"x","metric_name":"m","timestamp":2,"timestamp":1,"value":{"max":1,"min":2,"max":3}}`, head + `"max":3,"min":2` + tail},
		{"duplicates by escape", `{"metric_nam\u0065":"x","metric_name":"m","timestamp":1,"value":{"max":1,"\u006dax":3}}`, head + `"max":3` + tail},
		{"timestamp", `{"metric_name":"m","timestamp":0.1e1,"value":{"max":1}}`, head + `"max":1` + tail},
		{
			"numbers that readers treat differently", `{"metric_name":"m","timestamp":1,"value":{"a":-0,"b":12345678901234567890,"c":1e-400,"d":4.9e-324,"e":1.00000000000000000000000001}}`,
			head + `"a":-0.0,"b":1.2345678901234567e+19,"c":0,"d":5e-324,"e":1` + tail,
		},
		{"such a number in an object that is canonical otherwise", head + `"max":-0` + tail[:2], head + `"max":-0.0` + tail},
		{"such a zero", head + `"max":0E5` + tail[:2], head + `"max":0` + tail},
		{"such a small number", head + `"max":1E-310` + tail[:2], head + `"max":1e-310` + tail},
		{"such a big integer", head + `"max":1234567890123456` + tail[:2], head + `"max":1.234567890123456e+15` + tail},
		{"duplicate field alone", head + `"max":1},"timestamp":2}`, `{"metric_name":"m","dimensions":{},"timestamp":2,"value":{"max":1}}` + "\n"},
		{"duplicate statistic alone", head + `"max":1,"p1":5,"max":2,"p1":6` + tail[:2], head + `"max":2,"p1":6` + tail},
		{
			"duplicate dimension alone", `{"metric_name":"m","dimensions":{"a":"1","b":"2","a":"3"},"timestamp":1,"value":{"max":1}}`,
			`{"metric_name":"m","dimensions":{"a":"3","b":"2"},"timestamp":1,"value":{"max":1}}` + "\n",
		},
		{
			"escapes", `{"metric_name":"m","timestamp":1,"dimensions":{"\u0041\/":"\ud83d\ude00\u00e9\u0000\n\"\\"},"value":{"max":1}}`,
			`{"metric_name":"m","dimensions":{"A/":"😀é\u0000\n\"\\"},"timestamp":1,"value":{"max":1}}` + "\n",
		},
		{
			"lone surrogates and invalid UTF-8", `{"metric_name":"m","timestamp":1,"dimensions":{"a":"\ud800\udc00\udc00\ud800x` + "\xff\xc3" + `"},"value":{"max":1}}`,
			`{"metric_name":"m","dimensions":{"a":"` + "\U00010000\ufffd\ufffdx\ufffd\ufffd" + `"},"timestamp":1,"value":{"max":1}}` + "\n",
		},
		{
			"unknown fields come first", `{"metric_name":"m","timestamp":1,"value":{"max":1},"Timestamp":"2 a","x":{ "y" : [1, 2.50, "\u00e9\ud800"], "y":null},"x2":null}`,
			`{"Timestamp":"2 a","x":{"y":[1,2.50,"é` + "\ufffd" + `"],"y":null},"x2":null,` + head[1:] + `"max":1` + tail,
		},
		{"limno_position is dropped", `{"limno_position":7,"Limno_Position":8,"metric_name":"m","timestamp":1,"value":{"max":1}}`, head + `"max":1` + tail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, end := range []string{"", "\n", "\r\n", "{"} {
				all := decode(metricstream.NewDecoder(), []byte(tt.data+end))
				if diff := cmp.Diff(tt.want, all[0].Line); diff != "" {
					t.Errorf("line before %q (-want +got):\n%s", end, diff)
				}
			}
		})
	}
}

// TestUnknownFieldsAreKept checks the fields beside the lines.
func TestUnknownFieldsAreKept(t *testing.T) {
	all := decode(metricstream.NewDecoder(), []byte(with(`"unit"`, `"period" : 60, "a":{"b": [ true ]},"unit"`)))
	want := []limnograph.Field{{Name: "period", JSON: "60"}, {Name: "a", JSON: `{"b":[true]}`}}
	if diff := cmp.Diff(want, all[0].Point.Unknown); diff != "" {
		t.Error(diff)
	}
}

// TestSizeLimit rejects what readers of landing would refuse.
func TestSizeLimit(t *testing.T) {
	filler := func(n int) string { return strings.Repeat("a", n) }
	fits := metricstream.MaxObjectBytes - len(with("jr_1", "")) - 1
	for _, tt := range []struct{ name, data, want string }{
		{"largest", with("jr_1", filler(fits)), "ok ok"},
		{"larger by two", with("jr_1", filler(fits+2)), "too_large ok"},
		{"larger as canonical line", with("jr_1", strings.Repeat("\xff", fits/2)), "too_large ok"},
		{"key of 64 MiB", with("JobRunId", filler(64<<20)), "too_large ok"},
		{"metric name of 64 MiB, never closed", `{"metric_name":"` + filler(64<<20), "invalid_json ok"},
		{"100,000 dimensions", with(`"Type"`, manyDimensions(100_000)+`"Type"`), "ok ok"},
		{"one dimension 100,000 times", with(`"Type"`, strings.Repeat(`"d":"x",`, 100_000)+`"Type"`), "ok ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := decode(metricstream.NewDecoder(), []byte(tt.data+"\n"+good))
			if got := outcome(all); !slices.Equal(got, strings.Fields(tt.want)) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func manyDimensions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"d%d":"x",`, i)
	}
	return b.String()
}

// TestHostileRecordsTakeLinearTime would run for hours if a bad piece were read again and again.
func TestHostileRecordsTakeLinearTime(t *testing.T) {
	const size = 1 << 20
	for _, unit := range []string{
		"{", "}{", "{\n", "\n{", `{"a":` + "\n", `{"metric_name":"` + "\x01", "[", "[\n", "\"", "}{}{\"", "-", "1", "\n", "{}", `{"a":"}{","b":"`,
		`{"value":{"max":1`, `{"x":[` + "\n",
	} {
		d := metricstream.NewDecoder()
		data := []byte(strings.Repeat(unit, size/len(unit)))
		covered := 0
		d.Decode(data, func(*limnograph.Datapoint, []byte) { t.Fatalf("%q gave a datapoint", unit) },
			func(r limnograph.Reject) { covered += len(r.Raw) })
		if strings.TrimSpace(unit) != "" && covered < size/2 {
			t.Errorf("%q: rejects cover %d of %d bytes", unit, covered, size)
		}
	}
}

// TestNoAllocations shows that decoding what a stream sends allocates nothing once its strings were seen.
func TestNoAllocations(t *testing.T) {
	d := metricstream.NewDecoder()
	records := append(requestRecords(t, "telegraf_records.json"), glueRecord(1000))
	points := 0
	emit, reject := func(*limnograph.Datapoint, []byte) { points++ }, func(limnograph.Reject) {}
	allocations := testing.AllocsPerRun(5, func() {
		for _, r := range records {
			d.Decode(r, emit, reject)
		}
	})
	if allocations > 0 || points == 0 {
		t.Errorf("%v allocations for %d datapoints", allocations, points)
	}
}

// TestStringsOutliveTheData changes the buffer after decoding.
func TestStringsOutliveTheData(t *testing.T) {
	data := []byte(good + "\n" + `{ "metric_name":"m\u0041", "timestamp":1, "value":{"p1":1}, "x":[1]}`)
	all := decode(metricstream.NewDecoder(), data)
	for i := range data {
		data[i] = 'z'
	}
	first, second := all[0].Point, all[1].Point
	if v, _ := first.Dimension("JobRunId"); v != "jr_1" || first.Namespace != "Glue" {
		t.Errorf("%+v", first)
	}
	if second.MetricName != "mA" || second.Statistics.Extra[0].Name != "p1" || second.Unknown[0].JSON != "[1]" {
		t.Errorf("%+v", second)
	}
}

// TestDuplicatesAfterLikeObjects repeats a name that the object before had at the same place.
func TestDuplicatesAfterLikeObjects(t *testing.T) {
	object := func(dimensions string) string {
		return `{"metric_name":"m","dimensions":{` + dimensions + `},"timestamp":1,"value":{"max":1}}` + "\n"
	}
	data := object(`"a":"1","b":"2"`) + object(`"b":"1"`) + object(`"b":"1","b":"2"`) + object(`"a":"1","b":"2"`) + object(`"b":"0","b":"3"`)
	all := decode(metricstream.NewDecoder(), []byte(data))
	for i, want := range []string{`"a":"1","b":"2"`, `"b":"1"`, `"b":"2"`, `"a":"1","b":"2"`, `"b":"3"`} {
		if all[i].Line != object(want) {
			t.Errorf("object %d: %q", i, all[i].Line)
		}
	}
}
