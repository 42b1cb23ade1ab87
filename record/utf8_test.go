package record_test

import (
	"testing"
	"unicode/utf8"

	"limnograph/record"
)

// Whatever a line holds, the texts of a row can be stored.
func TestTextsAreUTF8(t *testing.T) {
	for _, name := range []string{"a\xff", `a\ud800`, `a\ud800\udc00`, "a\xed\xa0\x80"} {
		s, err := record.Runs().Parse([]byte(`{"account_id":"1","region":"r","job_name":"`+name+`","job_run_id":"jr","source":"api","observed_at":1795500000000,"state":"RUNNING","trigger_name":"`+name+`","arguments":{"--a":"`+name+`"}}`), 1)
		if err != nil {
			continue // refused is fine
		}
		for _, v := range record.Runs().Merge(nil, s).Values() {
			if text, ok := v.(string); ok && !utf8.ValidString(text) {
				t.Errorf("%q gives %q", name, text)
			}
		}
	}
}
