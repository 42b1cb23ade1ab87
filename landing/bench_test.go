package landing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"limnograph"
	"limnograph/landing"
	"limnograph/localdir"
)

// realistic makes a part of n lines as long and as varied as those of a Glue stream.
func realistic(n int) limnograph.Part {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"metric_stream_name":"glue-stream","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"glue.driver.aggregate.metric%d","dimensions":{"JobName":"orders-%d-raw-to-staged","JobRunId":"jr_%016x%016x","Type":"count"},"timestamp":%d,"value":{"max":%d.0,"min":%d.0,"sum":%d.0,"count":2.0},"unit":"Count"}`+"\n",
			i%40, i/40%60, (i/40)*7919, (i/40)*104729, 1_764_000_000_000+60_000*(i%3), i*37, i*37, i*74)
	}
	return limnograph.Part{Table: "glue_metrics", Lines: []byte(b.String()), Count: n, MinTime: 1_764_000_000_000, MaxTime: 1_764_000_120_000}
}

// BenchmarkAppend measures acknowledged, durable datapoints on a real disk. cpu-s/M is the processor time of the whole
// process per million datapoints, so 1/that is the rate of one core; p99-ms is the time from Append to acknowledgement.
func BenchmarkAppend(b *testing.B) {
	for _, appenders := range []int{1, 8, 64} {
		for _, lines := range []int{500, 5000} {
			b.Run(fmt.Sprintf("appenders=%d/lines=%d", appenders, lines), func(b *testing.B) { benchmarkAppend(b, appenders, lines) })
		}
	}
}

func benchmarkAppend(b *testing.B, appenders, lines int) {
	s, err := localdir.Open(b.TempDir())
	must(b, err)
	l, err := landing.New(b.Context(), s, s, nil, landing.Config{})
	must(b, err)
	stop := running(b, l)
	p := realistic(lines)
	b.SetBytes(int64(len(p.Lines)))
	var left atomic.Int64
	left.Store(int64(b.N))
	cpu := processorTime()
	b.ResetTimer()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	for range appenders {
		wg.Go(func() {
			var mine []time.Duration
			for left.Add(-1) >= 0 {
				start := time.Now()
				if err := l.Append(context.Background(), &limnograph.Batch{Sender: "team-a", Stream: "glue", Arrival: time.Now(), Parts: []limnograph.Part{p}}); err != nil {
					b.Error(err)
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Wait()
	b.StopTimer()
	points := float64(b.N) * float64(lines)
	b.ReportMetric(points/b.Elapsed().Seconds(), "datapoints/s")
	b.ReportMetric((processorTime()-cpu).Seconds()/points*1e6, "cpu-s/M")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	must(b, stop())
}

func processorTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
