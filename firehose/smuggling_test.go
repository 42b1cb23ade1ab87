package firehose_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"limnograph/firehose"
)

// TestSmuggling sends requests whose end is a matter of opinion, each with a good delivery hidden where one side might
// see a second request. What net/http itself refuses never reaches the handler and has no JSON form.
func TestSmuggling(t *testing.T) {
	body := string(envelope(line("111122223333", 1)))
	hidden := head(lengthOf(body)) + body
	chunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	for name, text := range map[string]string{
		"TwoLengths":                head(lengthOf(body), "Content-Length: 5") + body,
		"LengthList":                head("Content-Length: 5, 6") + body,
		"LengthWithSign":            head("Content-Length: +5") + body,
		"LengthNegative":            head("Content-Length: -5") + body,
		"LengthNoNumber":            head("Content-Length: 0x10") + body,
		"LengthBeyondInt64":         head("Content-Length: 99999999999999999999") + body,
		"UnknownTransferEncoding":   head("Transfer-Encoding: xchunked") + chunk,
		"TwoTransferEncodings":      head("Transfer-Encoding: chunked", "Transfer-Encoding: identity") + chunk,
		"TransferEncodingList":      head("Transfer-Encoding: gzip, chunked") + chunk,
		"SpaceBeforeColon":          head("Content-Length : 5") + body,
		"LineFeedInName":            head("X\nContent-Length: 5") + body,
		"TransferEncodingInHTTP1.0": strings.Replace(head("Transfer-Encoding: chunked"), "HTTP/1.1", "HTTP/1.0", 1) + chunk,
	} {
		t.Run("Refused"+name, func(t *testing.T) {
			w := dialRecorder(t, firehose.Config{})
			w.send(t, text, hidden)
			if err := w.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if res, _ := w.read(t); res.StatusCode < 400 {
				t.Errorf("status %s", res.Status)
			}
			w.closed(t)
			w.landed(t, 0)
		})
	}
	t.Run("LengthBesideChunksIsIgnored", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head("Content-Length: 5", "Transfer-Encoding: chunked"), chunk)
		if err := w.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if g := w.answer(t); g.status != 200 {
			t.Errorf("%d %s", g.status, g.text)
		}
		w.closed(t)
		w.landed(t, 1)
	})
	t.Run("DeliveryInsideARefusedBodyIsNoRequest", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, headWithKey("wrong", lengthOf(hidden)), hidden)
		if err := w.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if g := w.answer(t); g.status != 401 {
			t.Errorf("%d %s", g.status, g.text)
		}
		w.closed(t)
		w.landed(t, 0)
	})
	t.Run("BytesBehindTheBodyAreNotPartOfIt", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head(lengthOf(body)), body, "trailing garbage\r\n\r\n")
		if g := w.answer(t); g.status != 200 {
			t.Errorf("%d %s", g.status, g.text)
		}
		if res, _ := w.read(t); res.StatusCode != http.StatusBadRequest {
			t.Errorf("status %s", res.Status)
		}
		w.landed(t, 1)
	})
	t.Run("BadChunkSize", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head("Transfer-Encoding: chunked"), "zz\r\n"+body)
		if g := w.answer(t); g.status != 400 || !strings.HasPrefix(g.message(), "the body could not be read after 0 bytes: ") {
			t.Errorf("%d %q", g.status, g.message())
		}
		w.landed(t, 0)
	})
	t.Run("OKPipelined", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, hidden, hidden, hidden)
		for range 3 {
			if g := w.answer(t); g.status != 200 {
				t.Errorf("%d %s", g.status, g.text)
			}
		}
		w.landed(t, 3)
	})
	t.Run("WrongKeyIsAnsweredBeforeTheBody", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, headWithKey("wrong", lengthOf(body), "Expect: 100-continue"))
		if g := w.answer(t); g.status != 401 { // and not 100
			t.Errorf("%d %s", g.status, g.text)
		}
	})
	t.Run("OKExpectContinue", func(t *testing.T) {
		w := dialRecorder(t, firehose.Config{})
		w.send(t, head(lengthOf(body), "Expect: 100-continue"))
		if res, _ := w.read(t); res.StatusCode != http.StatusContinue {
			t.Errorf("status %s", res.Status)
		}
		w.send(t, body)
		if g := w.answer(t); g.status != 200 {
			t.Errorf("%d %s", g.status, g.text)
		}
	})
}
