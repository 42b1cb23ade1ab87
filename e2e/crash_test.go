package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// Every acknowledged datapoint survives kill -9, and none stands twice in the flat view.
func TestKillNineUnderLoad(t *testing.T) {
	t.Parallel()
	dir, kills := t.TempDir(), size(t, "LIMNO_E2E_KILLS", 20)
	load := &crashLoad{acked: map[string]bool{}}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range kills {
		s := serve(t, dir)
		stop := load.start(s.url)
		time.Sleep(time.Duration(100+rnd.IntN(1100)) * time.Millisecond) // the moment of the crash
		s.kill()
		stop()
	}
	s := serve(t, dir, "LIMNO_QUERY_TIMEOUT=30m")
	t.Logf("%d datapoints acknowledged over %d crashes, %d requests without an answer", len(load.acked), kills, load.unanswered)
	if len(load.acked) < 1000*kills {
		t.Fatalf("only %d datapoints were acknowledged: too little load to prove anything", len(load.acked))
	}
	load.check(t, s)
}

// crashLoad delivers datapoints that can be told apart and remembers which were acknowledged.
type crashLoad struct {
	mu         sync.Mutex
	next       int
	unanswered int
	acked      map[string]bool
}

// start delivers from four senders until the returned function is called.
func (l *crashLoad) start(url string) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					l.deliver(url)
				}
			}
		})
	}
	return func() { close(done); wg.Wait() }
}

func (l *crashLoad) deliver(url string) {
	const points = 200
	id := l.take()
	var lines strings.Builder
	minute := time.Now().Truncate(time.Minute).UnixMilli()
	for i := range points {
		lines.WriteString(point("crash", fmt.Sprintf("jr_%d_%d", id, i), "m", minute, float64(i)))
	}
	status, _, err := post(url+"/firehose/v1/crash", accessKey, envelope(fmt.Sprint(id), lines.String()))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || status != 200 {
		l.unanswered++
		return
	}
	for i := range points {
		l.acked[fmt.Sprintf("jr_%d_%d", id, i)] = true
	}
}

func (l *crashLoad) take() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

// check compares with what the flat view holds: everything acknowledged, nothing twice. Batches whose answer was
// lost may be there too.
func (l *crashLoad) check(t *testing.T, s *server) {
	t.Helper()
	rows := s.query(t, "SELECT job_run_id, count(*) FROM raw_glue_metrics_flat WHERE job_name = 'crash' GROUP BY 1")
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r[0]] = true; r[1] != "1" {
			t.Errorf("%s stands %s times", r[0], r[1])
		}
	}
	lost := 0
	for id := range l.acked {
		if !seen[id] {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged datapoints are lost", lost, len(l.acked))
	}
}
