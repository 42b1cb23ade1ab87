//go:build peers

package peers_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// recent is a history that the page shows: of the last hours, ended, so that it looks the same whenever it is asked for.
func recent(t *testing.T) *history {
	t.Helper()
	until := time.Now().UTC().Truncate(time.Hour)
	h := simulate(t, 12, until.Add(-6*time.Hour), until)
	h.redeliver(t, 10)
	return h
}

// The same page from the same objects: read from a bucket with DuckDB over a cache, and asked of Trino. The page of a data
// directory they were imported into reads the curated tables; it has the same runs with the same records.
func TestPageIsTheSameOnEveryEngine(t *testing.T) {
	h := recent(t)
	r := newRoad(t, pool.Moto(t), pool.VersityGW(t))
	h.store(t, r.client, r.bucket)
	r.catalogue(t, notifications(h, 10))
	want := r.page(t, h)
	embeddedRuns(t, h, runsOf(want))
	if len(want["jobs"].([]any)) < 6 { // daily jobs show at some times of day only
		t.Fatalf("the page shows %d jobs: the test would prove little", len(want["jobs"].([]any)))
	}
	for name, settings := range map[string][]string{
		"DuckDBFollowingGlue": r.settings("duckdb", "glue"),
		"DuckDBAlone":         r.settings("duckdb", "sqlite"),
		"Trino":               append(r.settings("trino", "glue"), "LIMNO_TRINO_URL="+pool.Trino(t, r.glue, r.s3).URL),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, t.TempDir(), append(settings, r.s3.Environment(t)...))
			s.awaitBounds(t, h)
			if diff := cmp.Diff(want, s.fleet(t, h), nearly()); diff != "" {
				t.Errorf("the page (-DuckDB +%s):\n%s", name, diff)
			}
			s.refusesDeliveriesAndImports(t)
			s.stop(t)
			got := limno(t, append([]string{"LIMNO_DATA=" + s.dir}, append(settings, r.s3.Environment(t)...)...), "query", "--format", "csv",
				"SELECT count(*) FROM raw_glue_metrics")
			if want := fmt.Sprint(h.lines(t)); !strings.Contains(got, "\n"+want) {
				t.Errorf("limno query without a server: %q, want %s lines", got, want)
			}
		})
	}
}

// Nothing is fetched twice, not even by another process, and never more is kept than allowed.
func TestCacheOfTheBucket(t *testing.T) {
	h := recent(t)
	r := newRoad(t, pool.Moto(t), pool.VersityGW(t))
	h.store(t, r.client, r.bucket)
	p := newProxy(t, r.s3.URL)
	dir := t.TempDir()
	env := append(r.settings("duckdb", "sqlite"), append(r.s3.Environment(t), "LIMNO_AWS_ENDPOINTS_S3="+p.URL)...)
	first := serve(t, dir, env)
	first.awaitBounds(t, h)
	want := first.fleet(t, h)
	if n := p.objects.Load(); n != int64(len(h.files)) {
		t.Errorf("%d GETs for %d objects", n, len(h.files))
	}
	first.stop(t)

	p.objects.Store(0)
	second := serve(t, dir, env)
	if diff := cmp.Diff(want, second.fleet(t, h), nearly()); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	if n := p.objects.Load(); n != 0 {
		t.Errorf("%d objects were fetched again after a restart", n)
	}
	second.stop(t)

	small := serve(t, t.TempDir(), append(env, fmt.Sprintf("LIMNO_CACHE_MAX_BYTES=%d", h.size(time.Time{})/2)))
	small.awaitBounds(t, h)
	status, answer := small.ask(t, http.MethodGet, fleetPath(h))
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(fmt.Sprint(answer["hint"]), "cache.max_bytes") {
		t.Errorf("a page over more than the cache holds: %d %v", status, answer)
	}
	if held := folderSize(t, filepath.Join(small.dir, "cache", "landing")); held == 0 || held > h.size(time.Time{})/2 {
		t.Errorf("the cache holds %d bytes, the limit is %d", held, h.size(time.Time{})/2)
	}
	small.stop(t)
}

// A server that is killed at any moment of its downloads serves the right page after the next start.
func TestKilledWhileItFetches(t *testing.T) {
	h := recent(t)
	r := newRoad(t, pool.Moto(t), pool.VersityGW(t))
	h.store(t, r.client, r.bucket)
	p := newProxy(t, r.s3.URL)
	env := append(r.settings("duckdb", "sqlite"), append(r.s3.Environment(t), "LIMNO_AWS_ENDPOINTS_S3="+p.URL)...)
	dir := t.TempDir()
	for _, after := range []int{1, len(h.files) / 10, len(h.files) / 5, len(h.files) / 4} {
		reached := p.stallAfter(int64(after))
		s := serve(t, dir, env)
		asked := s.askInVain(t, fleetPath(h)) // fetches several at a time
		eventually(t, fmt.Sprintf("%d objects are fetched", after), time.Minute, func() bool { return isClosed(reached) })
		s.kill()
		<-asked
		p.flow()
	}
	s := serve(t, dir, env)
	s.awaitBounds(t, h)
	if diff := cmp.Diff(r.page(t, h), s.fleet(t, h), nearly()); diff != "" {
		t.Errorf("the page (-undisturbed +after kills):\n%s", diff)
	}
	s.stop(t)
}

// askInVain asks a server that is killed meanwhile.
func (s *limnoServer) askInVain(t *testing.T, path string) (done <-chan struct{}) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer token")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	}()
	return ended
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// settings make a server read the bucket.
func (r *road) settings(engine, catalog string) []string {
	return []string{
		"LIMNO_STORAGE=s3://" + r.bucket, "LIMNO_CATALOG=" + catalog, "LIMNO_ENGINE=" + engine, "LIMNO_AWS_DATABASE=" + r.database,
		"LIMNO_AWS_ENDPOINTS_S3=" + r.s3.URL, "LIMNO_AWS_ENDPOINTS_GLUE=" + r.glue.URL,
	}
}

// page is the page of an undisturbed server that reads the bucket with DuckDB.
func (r *road) page(t *testing.T, h *history) map[string]any {
	t.Helper()
	s := serve(t, t.TempDir(), append(r.settings("duckdb", "sqlite"), r.s3.Environment(t)...))
	defer s.stop(t)
	s.awaitBounds(t, h)
	return s.fleet(t, h)
}

// embeddedRuns imports the same objects into a data directory, and waits until its page has the runs.
func embeddedRuns(t *testing.T, h *history, want map[string]any) {
	t.Helper()
	dir := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LIMNO_LANDING_MIN_FREE=1MiB"}
	limno(t, append(env, "LIMNO_DATA="+dir), "import", h.dir)
	s := serve(t, dir, env)
	defer s.stop(t)
	diff := ""
	defer func() {
		if t.Failed() {
			t.Logf("the runs (-DuckDB over the bucket +embedded):\n%s", diff)
		}
	}()
	eventually(t, "the page of the data directory has the runs", time.Minute, func() bool {
		diff = cmp.Diff(want, runsOf(s.fleet(t, h)))
		return diff == ""
	})
}

// runsOf are the runs of a page, by account, job and id, with the records that they read.
func runsOf(page map[string]any) map[string]any {
	runs := make(map[string]any)
	for _, j := range page["jobs"].([]any) {
		job := j.(map[string]any)
		for _, r := range job["runs"].([]any) {
			run := r.(map[string]any)
			runs[fmt.Sprint(job["account_id"], " ", job["job_name"], " ", run["run_id"])] = run["records_read"]
		}
	}
	return runs
}

// proxy stands before a store: it counts the objects that are read, and can let them hang.
type proxy struct {
	*httptest.Server
	objects atomic.Int64

	mu      sync.Mutex
	left    int64         // objects until the others hang; below 0: none hangs
	reached chan struct{} // closed when the first one hangs
	open    chan struct{} // closed when they go on
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{left: -1}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is part of the signature
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/landing/") {
			p.objects.Add(1)
			if wait := p.next(); wait != nil {
				select {
				case <-wait:
				case <-r.Context().Done():
				}
			}
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// next counts down, and returns what an object that hangs waits for.
func (p *proxy) next() (wait <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.left < 0:
		return nil
	case p.left > 0:
		p.left--
		return nil
	}
	select {
	case <-p.reached:
	default:
		close(p.reached)
	}
	return p.open
}

// stallAfter lets objects hang after n more.
func (p *proxy) stallAfter(n int64) (reached <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.reached, p.open = n, make(chan struct{}), make(chan struct{})
	return p.reached
}

func (p *proxy) flow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = -1
	close(p.open)
}

func folderSize(t *testing.T, dir string) (sum int64) {
	t.Helper()
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// nearly compares fractions to nine digits: the last ones of a sum depend on the order of its parts.
func nearly() cmp.Option { return cmpopts.EquateApprox(1e-9, 0) }

// fleetPath asks for the whole history of a fixed range.
func fleetPath(h *history) string {
	q := url.Values{"from": {h.span.From.Format(time.RFC3339)}, "to": {h.span.To.Format(time.RFC3339)}, "limit": {"1000"}}
	return "/api/v1/fleet?" + q.Encode()
}

// fleet returns the page's answer without what the moment of asking has a say in.
func (s *limnoServer) fleet(t *testing.T, h *history) map[string]any {
	t.Helper()
	status, answer := s.ask(t, http.MethodGet, fleetPath(h))
	if status != http.StatusOK {
		t.Fatalf("GET fleet: %d %v", status, answer)
	}
	delete(answer, "as_of")
	return answer
}

// awaitBounds waits until the server knows the bounds of all objects.
func (s *limnoServer) awaitBounds(t *testing.T, h *history) {
	t.Helper()
	objects, lines := len(h.files), h.lines(t)
	eventually(t, "all time bounds are known", time.Minute, func() bool {
		_, answer := s.ask(t, http.MethodGet, "/api/v1/status")
		text, err := json.Marshal(answer["tables"])
		if err != nil {
			t.Fatal(err)
		}
		var tables []struct {
			Table string
			Files int
			Lines int64
		}
		if err := json.Unmarshal(text, &tables); err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if table.Table == "raw_glue_metrics" {
				return table.Files == objects && table.Lines == lines
			}
		}
		return false
	})
}

// refusesDeliveriesAndImports checks what a server over a bucket says to those who bring it something.
func (s *limnoServer) refusesDeliveriesAndImports(t *testing.T) {
	t.Helper()
	status, answer := s.ask(t, http.MethodPost, "/firehose/v1/stream")
	if status != http.StatusNotFound || !strings.Contains(fmt.Sprint(answer["errorMessage"]), "s3://") || answer["timestamp"] == nil {
		t.Errorf("a delivery: %d %v", status, answer)
	}
	status, answer = s.ask(t, http.MethodPut, "/api/v1/objects?name=x")
	if status != http.StatusConflict || !strings.Contains(fmt.Sprint(answer["hint"]), "s3://") {
		t.Errorf("an import: %d %v", status, answer)
	}
}

// lines counts what the objects hold.
func (h *history) lines(t *testing.T) (n int64) {
	t.Helper()
	for _, f := range h.files {
		file, err := os.Open(h.path(f.Key))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		n += int64(bytes.Count(text, []byte("\n")))
		file.Close()
	}
	return n
}
