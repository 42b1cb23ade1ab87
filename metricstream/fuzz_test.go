package metricstream_test

import (
	"os"
	"testing"

	"limnograph/metricstream"
)

// FuzzDecode compares the Decoder with the oracle. A second pass over the same data starts from other expectations.
func FuzzDecode(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := metricstream.NewDecoder()
		requireOracle(t, d, data)
		requireOracle(t, d, data)
	})
}

const good = `{"metric_stream_name":"s","account_id":"111122223333","region":"eu-central-1","namespace":"Glue",` +
	`"metric_name":"glue.driver.jvm.heap.usage","dimensions":{"JobName":"a","JobRunId":"jr_1","Type":"gauge"},` +
	`"timestamp":1764000000000,"value":{"max":0.5,"min":0.25,"sum":0.75,"count":2.0},"unit":"None"}`

func seeds(t testing.TB) [][]byte {
	t.Helper()
	all := [][]byte{
		[]byte(good + good), []byte(good + "\r\n\n" + good), []byte(`{"a":tru}` + good), []byte("{\"a\":\n" + good + "\n"),
		[]byte(`{"metric_name":"m","timestamp":1.6e12,"value":{"max":1e2,"p99":-0,"max":3},"x":[{"\ud800":1}]}`),
		[]byte(`{"metric_name":"\u00e9\ud83d\ude00\udc00","dimensions":{"a":"1","a":"2"},"timestamp":1,"value":{"m":1}}`),
		[]byte("{\"metric_name\":\"\xff\",\"timestamp\":16e11,\"value\":{\"sum\":123456789012345678}}"),
		[]byte(`{"value":{"max":1E999},"metric_name":"m","timestamp":1}[1]2 "x"`),
		[]byte(`{"unit":null,"value":{"max":null},"metric_name":"m","timestamp":1,"limno_position":3}`),
		[]byte(`{"metric_name":"m","timestamp":1,"value":{"a":4.9E-324,"b":1.7976931348623157E308,"c":0.1,"d":1e-400}}`),
	}
	for _, name := range []string{"contrib_cwmetricstream_single_record.ndjson", "contrib_valid_metric_with_unsupported_stats.json"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}
