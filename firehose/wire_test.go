package firehose_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/firehose"
)

// wire is a bare TCP connection to a server whose deliveries can be awaited.
type wire struct {
	*net.TCPConn
	in      *bufio.Reader
	app     *recorder
	handled chan struct{} // one value for each request that the handler has left
}

// dial starts a server and connects to it.
func dial(t *testing.T, app firehose.Appender, rec *recorder, cfg firehose.Config) *wire {
	t.Helper()
	h := newServer(t, app, nil, cfg)
	handled := make(chan struct{}, 16)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { handled <- struct{}{} }()
		h.ServeHTTP(w, r)
	}))
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil { // a hanging server fails, not the run
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		srv.Close()
	})
	return &wire{conn.(*net.TCPConn), bufio.NewReader(conn), rec, handled}
}

func (w *wire) send(t *testing.T, parts ...string) {
	t.Helper()
	if _, err := io.WriteString(w, strings.Join(parts, "")); err != nil {
		t.Fatal(err)
	}
}

// answer reads one answer in the protocol's form.
func (w *wire) answer(t *testing.T) got {
	t.Helper()
	res, text := w.read(t)
	return conforming(t, http.MethodPost, res, text)
}

func (w *wire) read(t *testing.T) (*http.Response, []byte) {
	t.Helper()
	res, err := http.ReadResponse(w.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, text
}

// closed fails unless the server ends the connection without another answer.
func (w *wire) closed(t *testing.T) {
	t.Helper()
	if rest, err := io.ReadAll(w.in); len(rest) > 0 || isTimeout(err) {
		t.Errorf("the server went on: %q, %v", rest, err)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func (w *wire) landed(t *testing.T, want int) {
	t.Helper()
	if n := len(w.app.all()); n != want {
		t.Errorf("%d batches landed, want %d", n, want)
	}
}

// head is the header of a good delivery with further lines, which must say how long the body is.
func head(more ...string) string { return headWithKey(goodKey, more...) }

func headWithKey(key string, more ...string) string {
	return "POST /firehose/v1/metrics HTTP/1.1\r\nHost: x\r\nX-Amz-Firehose-Protocol-Version: 1.0\r\n" +
		"X-Amz-Firehose-Request-Id: " + requestID + "\r\nX-Amz-Firehose-Access-Key: " + key + "\r\n" +
		"Content-Type: application/json\r\n" + strings.Join(more, "\r\n") + "\r\n\r\n"
}

func lengthOf(s string) string { return fmt.Sprintf("Content-Length: %d", len(s)) }

// TestSlowSenders end in 408 after the time that the configuration grants.
func TestSlowSenders(t *testing.T) {
	body := string(envelope(line("111122223333", 1)))
	t.Run("NothingComes", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{ReadTimeout: 300 * time.Millisecond})
		w.send(t, head(lengthOf(body)))
		if g := w.answer(t); g.status != 408 || !strings.HasPrefix(g.message(), "the body came too slowly: 0 bytes in ") {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.closed(t)
		w.landed(t, 0)
	})
	t.Run("BodyStops", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{ReadTimeout: 300 * time.Millisecond})
		w.send(t, head(lengthOf(body)), body[:100])
		if g := w.answer(t); g.status != 408 || !strings.HasPrefix(g.message(), "the body came too slowly: 100 bytes in ") {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 0)
	})
	t.Run("BodyDrips", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{ReadTimeout: 600 * time.Millisecond, MinRate: 1 << 20})
		w.send(t, head(lengthOf(body)))
		for i := range len(body) {
			if _, err := io.WriteString(w, body[i:i+1]); err != nil {
				break
			}
			time.Sleep(5 * time.Millisecond) // the slowness under test
		}
		if g := w.answer(t); g.status != 408 {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 0)
	})
	t.Run("ChunksStop", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{ReadTimeout: 300 * time.Millisecond})
		w.send(t, head("Transfer-Encoding: chunked"), "5\r\n{\"req\r\n")
		if g := w.answer(t); g.status != 408 {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 0)
	})
	t.Run("RefusedBodyIsNotAwaited", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{ReadTimeout: 300 * time.Millisecond})
		w.send(t, headWithKey("wrong", lengthOf(body)), body[:10])
		if g := w.answer(t); g.status != 401 {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.closed(t)
	})
}

func dialRecorder(t *testing.T, cfg firehose.Config) *wire {
	t.Helper()
	app := &recorder{}
	return dial(t, app, app, cfg)
}

// TestDeadlineIsTheSendersAlone: neither a slow disk nor an idle connection is cut by the limits on the body.
func TestDeadlineIsTheSendersAlone(t *testing.T) {
	rec := &recorder{}
	slow := appenderFunc(func(ctx context.Context, b *limnograph.Batch) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond): // far more than the body may take
			return rec.Append(ctx, b)
		}
	})
	w := dial(t, slow, rec, firehose.Config{ReadTimeout: 60 * time.Millisecond, MinRate: 1 << 30})
	body := string(envelope(line("111122223333", 1)))
	for want := 1; want <= 2; want++ {
		w.send(t, head(lengthOf(body)), body)
		if g := w.answer(t); g.status != 200 {
			t.Errorf("%d %s", g.status, g.text)
		}
		w.landed(t, want)
		time.Sleep(100 * time.Millisecond) // idle for longer than a body may take
	}
}

// TestBrokenSenders leave nothing behind.
func TestBrokenSenders(t *testing.T) {
	body := string(envelope(line("111122223333", 1)))
	t.Run("ClosedInTheBody", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head(lengthOf(body)), body[:len(body)-1])
		_ = w.Close()
		<-w.handled
		w.landed(t, 0)
	})
	t.Run("ResetInTheBody", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head(lengthOf(body)), body[:len(body)/2])
		if err := w.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		<-w.handled
		w.landed(t, 0)
	})
	t.Run("HalfClosedInTheBody", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head(lengthOf(body)), body[:100])
		if err := w.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if g := w.answer(t); g.status != 400 || g.message() != "the body ended early, after 100 bytes" {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 0)
	})
	t.Run("HalfClosedInTheChunks", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head("Transfer-Encoding: chunked"), fmt.Sprintf("%x\r\n%s\r\n", len(body), body)) // whole, but the last chunk is missing
		if err := w.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if g := w.answer(t); g.status != 400 {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 0)
	})
	t.Run("HalfClosedInTheGzip", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		zip := string(gzipped(t, []byte(body)))
		w.send(t, head("Content-Encoding: gzip", lengthOf(zip)), zip[:len(zip)-1])
		if err := w.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if g := w.answer(t); g.status != 400 || g.message() != fmt.Sprintf("the body ended early, after %d bytes", len(zip)-1) {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 0)
	})
	t.Run("OKHalfClosedBehindTheBody", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head(lengthOf(body)), body)
		if err := w.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if g := w.answer(t); g.status != 200 {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 1)
	})
}
