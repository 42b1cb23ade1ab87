package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"limnograph"
)

// HTTPTarget delivers as Firehose does to an HTTP endpoint: the same headers and body, the same idea of success (200
// with the exact answer), the same request again after anything else. It retries sooner than Firehose (from 200 ms),
// because whoever runs a simulator is waiting. Safe for concurrent use once its fields are set.
type HTTPTarget struct {
	Gzip     bool          // compress bodies
	RetryFor time.Duration // how long one request is tried; 0: 5 minutes, Firehose's default
	// FailFast gives up at once where a person must act: a refused key, a wrong address, a body over the limit.
	FailFast bool
	OnRetry  func(err error, wait time.Duration)        // told before each pause; nil: nobody
	Now      func() time.Time                           // nil: time.Now
	Sleep    func(context.Context, time.Duration) error // nil: real time

	url     string
	key     string
	client  *http.Client
	encoder sync.Pool // of *encoder
}

var _ Target = (*HTTPTarget)(nil)

// NewHTTPTarget returns a target that posts to url with an access key (empty: none). It follows no redirect.
func NewHTTPTarget(url, accessKey string, client *http.Client) *HTTPTarget {
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &HTTPTarget{url: url, key: accessKey, client: &own}
}

// attemptTimeout is how long Firehose waits for an answer.
const attemptTimeout = 3 * time.Minute

// Deliver sends d until it is acknowledged, ctx ends, or RetryFor is over. Errors: the context's; CodeUnavailable
// (no success in time), CodeUnauthorized, CodeTooLarge and CodeInvalid (the endpoint refuses for good).
func (t *HTTPTarget) Deliver(ctx context.Context, d Delivery) error {
	e, _ := t.encoder.Get().(*encoder)
	if e == nil {
		e = &encoder{}
	}
	began := t.now()
	body, err := e.encode(&d, began, t.Gzip)
	if err != nil {
		return fmt.Errorf("encode delivery: %w", err)
	}
	failed, err := t.try(ctx, &d, body, began)
	if err == nil && failed == 0 {
		t.encoder.Put(e) // after a failed attempt the transport may still be reading the body
	}
	return err
}

// try sends the body until it is acknowledged, and returns how many attempts failed.
func (t *HTTPTarget) try(ctx context.Context, d *Delivery, body []byte, began time.Time) (failed int, err error) {
	for ; ; failed++ {
		err := t.attempt(ctx, d, body)
		switch {
		case err == nil:
			return failed, nil
		case ctx.Err() != nil:
			return failed, errors.Join(ctx.Err(), err)
		}
		if t.final(err) || t.now().Sub(began) >= t.retryFor() {
			return failed, err
		}
		if err := t.pause(ctx, d, failed, err); err != nil {
			return failed, err
		}
	}
}

// final tells whether trying again is useless. Firehose itself gives up after 413 alone.
func (t *HTTPTarget) final(err error) bool {
	code := limnograph.ErrorCode(err)
	return code == limnograph.CodeTooLarge || t.FailFast && code != limnograph.CodeUnavailable
}

func (t *HTTPTarget) pause(ctx context.Context, d *Delivery, attempt int, err error) error {
	wait := backoff(attempt, d.RequestID)
	if t.OnRetry != nil {
		t.OnRetry(err, wait)
	}
	if t.Sleep != nil {
		return t.Sleep(ctx, wait)
	}
	return sleep(ctx, wait)
}

// backoff doubles from 200 ms to 10 s, with 15 % of jitter that follows from the request.
func backoff(attempt int, requestID string) time.Duration {
	wait := min(10*time.Second, 200*time.Millisecond<<min(attempt, 10))
	key := uint64(attempt)
	for _, c := range []byte(requestID) {
		key = fold(key, uint64(c))
	}
	return time.Duration(float64(wait) * (0.85 + 0.3*unit(key)))
}

func (t *HTTPTarget) attempt(ctx context.Context, d *Delivery, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "deliver", Message: t.url, Err: err}
	}
	t.setHeaders(request.Header, d)
	response, err := t.client.Do(request)
	if err != nil {
		return unavailable("no answer from the endpoint", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return unavailable("the answer broke off", err)
	}
	return judge(response, answer, d.RequestID)
}

func (t *HTTPTarget) setHeaders(h http.Header, d *Delivery) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Amazon Kinesis Data Firehose Agent/1.0")
	h.Set("X-Amz-Firehose-Protocol-Version", "1.0")
	h.Set("X-Amz-Firehose-Request-Id", d.RequestID)
	h.Set("X-Amz-Firehose-Source-Arn", d.SourceARN)
	if t.key != "" {
		h.Set("X-Amz-Firehose-Access-Key", t.key)
	}
	if t.Gzip {
		h.Set("Content-Encoding", "gzip")
	}
}

// maxAnswer is the longest answer that Firehose reads.
const maxAnswer = 1 << 20

// judge accepts what Firehose accepts: status 200, JSON, the request's id and a timestamp that is a number.
func judge(response *http.Response, answer []byte, requestID string) error {
	var body struct {
		RequestID    string           `json:"requestId"`
		Timestamp    *json.RawMessage `json:"timestamp"`
		ErrorMessage string           `json:"errorMessage"`
	}
	wrong := json.Unmarshal(answer, &body)
	if response.StatusCode != http.StatusOK {
		return refused(response.StatusCode, body.ErrorMessage)
	}
	if wrong != nil || body.RequestID != requestID || !wholeNumber(body.Timestamp) {
		return unavailable("status 200 without the answer of the protocol (requestId, timestamp)", wrong)
	}
	return nil
}

func wholeNumber(raw *json.RawMessage) bool {
	var n int64
	return raw != nil && json.Unmarshal(*raw, &n) == nil
}

func unavailable(message string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "deliver", Message: message, Err: err,
		Hint: "see that the server runs at this address",
	}
}

// refused explains a status.
func refused(status int, said string) error {
	e := &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "deliver", Message: fmt.Sprintf("status %d", status)}
	if said != "" {
		e.Message += ": " + said
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Code, e.Hint = limnograph.CodeUnauthorized, "give one of the server's access keys"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		e.Code, e.Hint = limnograph.CodeInvalid, "the address must be that of a Firehose endpoint"
	case http.StatusRequestEntityTooLarge:
		e.Code = limnograph.CodeTooLarge
	case http.StatusBadRequest:
		e.Code = limnograph.CodeInvalid
	}
	return e
}

func (t *HTTPTarget) retryFor() time.Duration {
	if t.RetryFor == 0 {
		return 5 * time.Minute
	}
	return t.RetryFor
}

func (t *HTTPTarget) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}
