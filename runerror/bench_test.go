package runerror_test

import (
	"strings"
	"testing"

	"limnograph"
	"limnograph/runerror"
)

const benchText = "An error occurred while calling o142.pyWriteDynamicFrame. Job aborted due to stage failure: Task 17 in stage 9.0 failed 4 times, most recent failure: Lost task 17.3 in stage 9.0 (TID 412) (172.34.11.8 executor 3): ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Container killed by YARN; url: jdbc:postgresql://db.northlake.internal:5432/sales?user=etl&password=hunter2"

func BenchmarkClassify(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		runerror.Classify(benchText, limnograph.RunFailed)
	}
}

// BenchmarkRedact has texts that were made to take long, too.
func BenchmarkRedact(b *testing.B) {
	for name, text := range map[string]string{
		"usual": benchText, "quotes": strings.Repeat(`"'`, 32<<10), "labels": strings.Repeat(`'a "`, 16<<10), "addresses": strings.Repeat("://", 21<<10),
		"secrets": strings.Repeat("key=,", 13<<10), "keys": strings.Repeat("key ", 16<<10), "blocks": strings.Repeat("-----BEGIN ", 6000), "digits": strings.Repeat("12 ", 21<<10),
		"slashes": strings.Repeat("/", 64<<10), "escapes": strings.Repeat(`key=\"`, 10<<10), "names": strings.Repeat("a.", 32<<10), "commas": "key=" + strings.Repeat(",a", 32<<10),
		"brackets": strings.Repeat(")=(", 21<<10), "bearers": strings.Repeat("Bearer ", 9<<10), "backslashes": `key="` + strings.Repeat(`\`, 64<<10),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				runerror.Redact(text)
			}
		})
	}
}
