package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/s3"
)

// A delivery to a server over a bucket is refused in the protocol's form.
func TestNoDelivery(t *testing.T) {
	request := httptest.NewRequest(http.MethodPost, "/firehose/v1/s", strings.NewReader("{}"))
	request.Header.Set("X-Amz-Firehose-Request-Id", "id-1")
	answer := httptest.NewRecorder()
	route(noDelivery("s3://lake/p"), http.NotFoundHandler()).ServeHTTP(answer, request)
	var body struct {
		RequestID    string
		Timestamp    int64
		ErrorMessage string
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if answer.Code != http.StatusNotFound || body.RequestID != "id-1" || body.Timestamp == 0 || !strings.Contains(body.ErrorMessage, "s3://lake/p") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if got := answer.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %s", got)
	}
}

// Of a notification only the objects that are in the store count.
func TestDecodeKeepsOwnObjects(t *testing.T) {
	record := func(bucket, key, event string) string {
		return `{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"` + event + `","s3":{"bucket":{"name":"` + bucket + `"},"object":{"key":"` + key + `","size":5}}}`
	}
	message := `{"Records":[` + strings.Join([]string{
		record("lake", "p/landing/a%3Db+c.gz", "ObjectCreated:Put"),
		record("other", "p/landing/x.gz", "ObjectCreated:Put"),
		record("lake", "elsewhere/landing/x.gz", "ObjectCreated:Put"),
		record("lake", "p/landing/gone.gz", "ObjectRemoved:Delete"),
	}, ",") + `]}`
	b := &bucket{location: s3.Location{Bucket: "lake", Prefix: "p"}}
	got, err := b.decode(message)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]limnograph.ObjectEvent{{Key: "landing/a=b c.gz", Size: 5}}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := b.decode("poison"); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("poison: %v", err)
	}
}
