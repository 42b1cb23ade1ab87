package s3_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"limnograph/aws/s3"
)

// fault is what goes wrong with one request.
type fault int

const (
	none      fault = iota
	busy            // 503 SlowDown, nothing is done
	lost            // it is done, and the connection breaks before the answer
	conflict        // 409 ConditionalRequestConflict, nothing is done
	forbidden       // 403 AccessDenied, nothing is done
	oddOK           // 200 with an error in the body, nothing is done
)

// bucket is as much of S3 as makes trouble: what real servers can be made to do is tested on them (package peers).
type bucket struct {
	trouble func(r *http.Request) fault // nil: none

	mu      sync.Mutex
	objects map[string]object
	uploads map[string]map[string][]byte // parts by upload and number
	marks   map[string]string            // of uploads
	asked   []string
	count   int
}

type object struct {
	body []byte
	mark string
}

func newBucket() *bucket {
	return &bucket{objects: map[string]object{}, uploads: map[string]map[string][]byte{}, marks: map[string]string{}}
}

const (
	markHeader = "X-Amz-Meta-Limno-Write"
	modified   = "Tue, 24 Nov 2026 05:52:02 GMT"
)

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, operation(r))
	wrong := none
	if b.trouble != nil {
		wrong = b.trouble(r)
	}
	switch wrong {
	case busy:
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
	case conflict:
		refuse(w, http.StatusConflict, "ConditionalRequestConflict")
	case forbidden:
		refuse(w, http.StatusForbidden, "AccessDenied")
	case oddOK:
		refuse(w, http.StatusOK, "InternalError")
	case lost:
		b.do(httptest.NewRecorder(), r, body)
		panic(http.ErrAbortHandler)
	default:
		b.do(w, r, body)
	}
}

// operation names a request as S3 does.
func operation(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodPut && q.Has("partNumber"):
		return "UploadPart"
	case r.Method == http.MethodPut:
		return "PutObject"
	case r.Method == http.MethodPost && q.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == http.MethodPost:
		return "CompleteMultipartUpload"
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		return "AbortMultipartUpload"
	case r.Method == http.MethodHead:
		return "HeadObject"
	}
	return "GetObject"
}

func (b *bucket) do(w http.ResponseWriter, r *http.Request, body []byte) {
	key, q := r.URL.Path, r.URL.Query()
	id := q.Get("uploadId")
	switch operation(r) {
	case "PutObject":
		b.put(w, r, key, object{body, r.Header.Get(markHeader)})
	case "CreateMultipartUpload":
		b.count++
		id = fmt.Sprint("upload-", b.count)
		b.uploads[id], b.marks[id] = map[string][]byte{}, r.Header.Get(markHeader)
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)
	case "UploadPart":
		if b.uploads[id] == nil {
			refuse(w, http.StatusNotFound, "NoSuchUpload")
			return
		}
		b.uploads[id][q.Get("partNumber")] = body
		w.Header().Set("ETag", etag(body))
	case "CompleteMultipartUpload":
		b.complete(w, r, key, id, body)
	case "AbortMultipartUpload":
		delete(b.uploads, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		b.get(w, key)
	}
}

func (b *bucket) put(w http.ResponseWriter, r *http.Request, key string, o object) bool {
	if _, taken := b.objects[key]; taken && r.Header.Get("If-None-Match") == "*" {
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return false
	}
	b.objects[key] = o
	w.Header().Set("ETag", etag(o.body))
	return true
}

func (b *bucket) complete(w http.ResponseWriter, r *http.Request, key, id string, body []byte) {
	parts, known := b.uploads[id]
	if !known {
		refuse(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	var order struct {
		Parts []struct{ PartNumber string } `xml:"Part"`
	}
	if xml.Unmarshal(body, &order) != nil {
		refuse(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	o := object{mark: b.marks[id]}
	for _, p := range order.Parts {
		o.body = append(o.body, parts[p.PartNumber]...)
	}
	if b.put(w, r, key, o) {
		delete(b.uploads, id)
		fmt.Fprint(w, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")
	}
}

func (b *bucket) get(w http.ResponseWriter, key string) {
	o, ok := b.objects[key]
	if !ok {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("Last-Modified", modified)
	w.Header().Set(markHeader, o.mark)
	w.Header().Set("ETag", etag(o.body))
	w.Header().Set("Content-Length", fmt.Sprint(len(o.body)))
	_, _ = w.Write(o.body)
}

// requests returns what was asked for so far, and forgets it.
func (b *bucket) requests() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := strings.Join(b.asked, " ")
	b.asked = nil
	return asked
}

// content returns an object of the store.
func (b *bucket) content(key string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.objects["/bucket/lake/"+key].body)
}

func (b *bucket) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.uploads)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>told you</Message></Error>`, code)
}

func etag(b []byte) string {
	sum := md5.Sum(b) //nolint:gosec // S3's own choice
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// serve starts a server and returns the store on it, which tries each call up to attempts times without a pause.
func serve(t *testing.T, handler http.Handler, attempts int, opt s3.Config) *s3.Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		if to != address.Host {
			return nil, fmt.Errorf("dialled %s", to)
		}
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	opt.PathStyle = true
	return s3.New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.RateLimiter = attempts, ratelimit.None
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}, s3.Location{Bucket: "bucket", Prefix: "lake"}, opt)
}

// first makes trouble for the first requests of an operation, one fault each.
func first(name string, faults ...fault) func(*http.Request) fault {
	return func(r *http.Request) fault {
		if operation(r) != name || len(faults) == 0 {
			return none
		}
		f := faults[0]
		faults = faults[1:]
		return f
	}
}
