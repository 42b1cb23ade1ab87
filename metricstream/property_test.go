package metricstream_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph/metricstream"
)

// TestAnyRecordAgreesWithTheOracle decodes records made of objects in every form, and of damage between them.
func TestAnyRecordAgreesWithTheOracle(t *testing.T) {
	d := metricstream.NewDecoder()
	rapid.Check(t, func(rt *rapid.T) {
		record := strings.Join(rapid.SliceOfN(pieceText(), 0, 6).Draw(rt, "pieces"), "")
		requireOracle(t, d, []byte(record))
	})
}

func pieceText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		object := objectText().Draw(t, "object")
		if rapid.IntRange(0, 9).Draw(t, "damage") == 0 {
			cut := rapid.IntRange(0, len(object)).Draw(t, "cut")
			object = object[:cut] + rapid.SampledFrom([]string{"", "}", "{", "\"", "!", "\n", ","}).Draw(t, "junk")
		}
		return object + rapid.SampledFrom([]string{"", "\n", "\r\n", "\n\n", " "}).Draw(t, "end")
	})
}

// objectText writes an object with all fields in any order, some of them twice, absent, or of another type; half of
// them compact and of plain text, as streams send them.
func objectText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		text, space, unknown := plainText(), "", false
		if rapid.Bool().Draw(t, "odd") {
			text = rapid.OneOf(plainText(), plainText(), jsonText(), rapid.Just("null"))
			space = rapid.SampledFrom([]string{"", "", " ", "\n\t"}).Draw(t, "space")
			unknown = rapid.Bool().Draw(t, "unknown")
		}
		members := []string{
			member("metric_stream_name", text.Draw(t, "stream")),
			member("account_id", text.Draw(t, "account")),
			member("region", text.Draw(t, "region")),
			member("namespace", text.Draw(t, "namespace")),
			member("metric_name", text.Draw(t, "metric")),
			member("dimensions", objectOf(t, "dimensions", text, text)),
			member("timestamp", rapid.OneOf(integers(), integers(), jsonNumber()).Draw(t, "timestamp")),
			member("value", objectOf(t, "value", text, jsonNumber())),
			member("unit", text.Draw(t, "unit")),
		}
		if unknown {
			members = append(members, rapid.SampledFrom([]string{`"x":{"y":[1,"\u0041 "]}`, `"limno_position":1`, `"Unit":"x"`}).Draw(t, "field"))
		}
		if rapid.Bool().Draw(t, "permute") {
			members = rapid.Permutation(members).Draw(t, "order")
		}
		if drop := rapid.IntRange(0, 20).Draw(t, "drop"); drop < len(members) {
			members[drop] = members[rapid.IntRange(0, len(members)-1).Draw(t, "twice")]
		}
		return "{" + space + strings.Join(members, ","+space) + space + "}"
	})
}

func objectOf(t *rapid.T, label string, text, value *rapid.Generator[string]) string {
	usual := rapid.SampledFrom([]string{`"max"`, `"min"`, `"sum"`, `"count"`, `"p99.9"`, `"JobName"`})
	keys := rapid.OneOf(usual, usual, text)
	if rapid.IntRange(0, 30).Draw(t, label+" odd") == 0 {
		value = rapid.SampledFrom([]string{"null", "true", "[1]", "{}", `"x"`, "1"})
	}
	var members []string
	for range rapid.IntRange(0, 5).Draw(t, label+" size") {
		members = append(members, keys.Draw(t, label+" key")+":"+value.Draw(t, label+" value"))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func member(name, value string) string { return `"` + name + `":` + value }

func plainText() *rapid.Generator[string] {
	return rapid.Map(rapid.StringMatching(`[A-Za-z0-9/_.é-]{0,12}`), func(s string) string { return `"` + s + `"` })
}

func jsonText() *rapid.Generator[string] {
	escapes := rapid.SampledFrom([]string{`\n`, `\u0041`, `\ud83d\ude00`, `\ud800`, `\udc00`, `\u0000`, `\/`, "\xff", "\xe2\x82", "é", `\"`})
	return rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) string { b, _ := json.Marshal(s); return string(b) }),
		rapid.Map(rapid.SliceOfN(escapes, 0, 4), func(s []string) string { return `"a` + strings.Join(s, "") + `"` }),
	)
}

func integers() *rapid.Generator[string] {
	return rapid.Map(rapid.Int64Range(-1e12, 2e12), func(v int64) string { return fmt.Sprint(v) })
}

func jsonNumber() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Map(rapid.Float64(), func(v float64) string { b, _ := json.Marshal(v); return string(b) }),
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?`),
		rapid.StringMatching(`(0|[1-9][0-9]{0,3})\.[0-9]{1,3}`),
	)
}
