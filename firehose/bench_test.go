package firehose_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"limnograph"
	"limnograph/firehose"
)

// null is an Appender that keeps nothing: the benchmarks measure all that stands before landing.
type null struct{}

func (null) Append(context.Context, *limnograph.Batch) error { return nil }

// sink is a ResponseWriter that keeps the status alone.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(code int)        { s.status = code }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkServe measures a whole delivery less the network: envelope, base64, split.
func BenchmarkServe(b *testing.B) {
	for _, body := range []struct {
		name    string
		text    []byte
		points  int
		gzipped bool
	}{
		{"telegraf", fixture(b, "telegraf_records.json"), 1160, false},
		{"glue", glueBody(10_000), 10_000, false},
		{"glue-gzip", gzipped(b, glueBody(10_000)), 10_000, true},
	} {
		b.Run(body.name, func(b *testing.B) {
			srv := newServer(b, null{}, nil, firehose.Config{})
			w := &sink{header: http.Header{}}
			req := delivery(b, "", body.text)
			req.Header.Del("X-Amz-Firehose-Request-Id")
			if body.gzipped {
				req.Header.Set("Content-Encoding", "gzip")
			}
			in := bytes.NewReader(body.text)
			req.Body = io.NopCloser(in)
			b.SetBytes(int64(len(body.text)))
			b.ReportAllocs()
			for b.Loop() {
				in.Reset(body.text)
				if srv.ServeHTTP(w, req); w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
			b.ReportMetric(float64(body.points*b.N)/b.Elapsed().Seconds(), "datapoints/s")
		})
	}
}

// BenchmarkServeLoopback is the same over a TCP connection; the client works on the same cores.
func BenchmarkServeLoopback(b *testing.B) {
	srv := listen(b, newServer(b, null{}, nil, firehose.Config{}))
	text, n := glueBody(10_000), 10_000
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		res, err := srv.Client().Do(delivery(b, srv.URL, text))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
			b.Fatal(res.Status, err)
		}
		_ = res.Body.Close()
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "datapoints/s")
}
