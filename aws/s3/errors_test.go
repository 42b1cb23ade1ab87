package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/aws/s3"
)

// answer is a server that gives one answer to everything.
func answer(status int, header map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func fault4(code string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>told you</Message></Error>`
}

func TestOpenErrors(t *testing.T) {
	const object = "arn:aws:s3:::bucket/lake/a/k"
	for name, tt := range map[string]struct {
		status int
		body   string
		code   limnograph.Code
		says   []string
	}{
		"ErrNoKey":         {404, fault4("NoSuchKey"), limnograph.CodeNotFound, []string{"s3://bucket/lake/a/k"}},
		"ErrNoBucket":      {404, fault4("NoSuchBucket"), limnograph.CodeConflict, []string{"bucket bucket"}},
		"ErrNoStore":       {404, "<html>not found</html>", limnograph.CodeUnavailable, []string{"endpoint"}},
		"ErrNoStoreAtAll":  {404, "", limnograph.CodeUnavailable, []string{"endpoint"}},
		"ErrDenied":        {403, fault4("AccessDenied"), limnograph.CodeForbidden, []string{"s3:GetObject", object, "s3:ListBucket", "kms:Decrypt"}},
		"ErrExpired":       {400, fault4("ExpiredToken"), limnograph.CodeUnauthorized, []string{"renew"}},
		"ErrUnknownKeyID":  {403, fault4("InvalidAccessKeyId"), limnograph.CodeUnauthorized, nil},
		"ErrSignature":     {403, fault4("SignatureDoesNotMatch"), limnograph.CodeUnauthorized, []string{"clock"}},
		"ErrRegion":        {301, fault4("PermanentRedirect"), limnograph.CodeInvalid, []string{"Region"}},
		"ErrRegionInside":  {400, fault4("AuthorizationHeaderMalformed"), limnograph.CodeInvalid, []string{"Region"}},
		"ErrKMS":           {400, fault4("KMS.DisabledException"), limnograph.CodeInvalid, []string{"KMS key"}},
		"ErrArchived":      {403, fault4("InvalidObjectState"), limnograph.CodeConflict, []string{"restore"}},
		"ErrSlowDown":      {503, fault4("SlowDown"), limnograph.CodeUnavailable, nil},
		"ErrTooMany":       {429, "", limnograph.CodeUnavailable, nil},
		"ErrInternal":      {500, fault4("InternalError"), limnograph.CodeUnavailable, nil},
		"ErrGatewayHTML":   {502, "<html>", limnograph.CodeUnavailable, nil},
		"ErrRequestWrong":  {400, fault4("InvalidArgument"), limnograph.CodeInvalid, nil},
		"ErrUnfinishedXML": {400, "<Error><Code>Inval", limnograph.CodeInvalid, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answer(tt.status, nil, tt.body), 1, s3.Config{})
			_, err := s.Open(t.Context(), "a/k")
			wantCode(t, err, tt.code, tt.says...)
		})
	}
}

// A page that some box between here and S3 shows instead must not pass for an object, a write or an empty listing.
func TestAnotherPageIsNoAnswer(t *testing.T) {
	s := serve(t, answer(200, map[string]string{"Content-Type": "text/html"}, "<html><body>Sign in</body></html>"), 1, s3.Config{PartSize: part})
	_, err := s.Open(t.Context(), "a/k")
	wantCode(t, err, limnograph.CodeUnavailable, "endpoint")
	_, err = s.Stat(t.Context(), "a/k")
	wantCode(t, err, limnograph.CodeUnavailable, "endpoint")
	for _, body := range bodies() {
		wantCode(t, put(t, s, body, false), limnograph.CodeUnavailable, "endpoint")
	}
	for _, err := range s.List(t.Context(), "", "") {
		wantCode(t, err, limnograph.CodeUnavailable, "endpoint")
	}
}

// An answer to Stat has no body, so its status must do.
func TestStatErrors(t *testing.T) {
	for status, want := range map[int]limnograph.Code{
		404: limnograph.CodeNotFound, 403: limnograph.CodeForbidden, 503: limnograph.CodeUnavailable, 400: limnograph.CodeInvalid,
	} {
		_, err := serve(t, answer(status, nil, ""), 1, s3.Config{}).Stat(t.Context(), "a/k")
		wantCode(t, err, want)
	}
}

func TestNobodyAnswers(t *testing.T) {
	drop := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	s := serve(t, drop, 2, s3.Config{})
	_, err := s.Stat(t.Context(), "a/k")
	wantCode(t, err, limnograph.CodeUnavailable, "network")
	wantCode(t, s.Delete(t.Context(), "a/k"), limnograph.CodeUnavailable)
	_, err = s.Put(t.Context(), "a/k", strings.NewReader("x"), limnograph.PutOptions{})
	wantCode(t, err, limnograph.CodeUnavailable)
}

func TestCallsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := serve(t, hang, 3, s3.Config{}).Open(ctx, "a/k")
	if wantCode(t, err, limnograph.CodeTimeout); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	_, err = serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), 3, s3.Config{}).Stat(ctx, "a/k")
	if wantCode(t, err, limnograph.CodeTimeout); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}

// Deleting what is gone is no error, however a server puts it.
func TestDeleteOfAMissingKey(t *testing.T) {
	for name, handler := range map[string]http.Handler{
		"S3": answer(204, nil, ""), "AnotherServer": answer(404, nil, fault4("NoSuchKey")),
	} {
		if err := serve(t, handler, 1, s3.Config{}).Delete(t.Context(), "a/k"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A content that is cut off is no content: the reader hears of it, and may try again.
func TestReadErrors(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"ErrCutOff": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of httptest
			panic(http.ErrAbortHandler)
		},
		"ErrCutOffWithoutLength": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of httptest
			panic(http.ErrAbortHandler)
		},
		"ErrChecksum": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Checksum-Crc32", "AAAAAA==")
			_, _ = io.WriteString(w, "changed on its way")
		},
	} {
		t.Run(name, func(t *testing.T) {
			handler := func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Last-Modified", modified)
				handle(w, r)
			}
			r, err := serve(t, http.HandlerFunc(handler), 1, s3.Config{}).Open(t.Context(), "a/k")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			_, err = io.ReadAll(r)
			wantCode(t, err, limnograph.CodeUnavailable, "s3://bucket/lake/a/k", "read it again")
		})
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Header().Set("Last-Modified", modified)
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of httptest
		<-r.Context().Done()
	}), 1, s3.Config{})
	r, err := s.Open(ctx, "a/k")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = io.ReadAll(r)
	if wantCode(t, err, limnograph.CodeTimeout); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// page is one answer to a listing.
func page(next string, keys ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>%t</IsTruncated>", next != "")
	if next != "none" {
		fmt.Fprintf(&b, "<NextContinuationToken>%s</NextContinuationToken>", next)
	}
	for _, key := range keys {
		fmt.Fprintf(&b, "<Contents><Key>%s</Key><Size>3</Size><LastModified>2026-11-24T05:52:02.345Z</LastModified></Contents>", key)
	}
	return b.String() + "</ListBucketResult>"
}

// A server that lists otherwise than S3 must neither hide objects nor keep a listing going for ever.
func TestListErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		code limnograph.Code
	}{
		"ErrHTML":           {"<html><body>Welcome</body></html>", limnograph.CodeUnavailable},
		"ErrUnfinished":     {"<ListBucketResult><Contents><Key>lake/a/b", limnograph.CodeUnavailable},
		"ErrNoToken":        {page("none", "lake/a/b"), limnograph.CodeUnavailable},
		"ErrSamePageAgain":  {page("x", "lake/a/b"), limnograph.CodeInvalid},
		"ErrSameTokenAgain": {page("x"), limnograph.CodeUnavailable},
		"ErrOutOfOrder":     {page("", "lake/a/c", "lake/a/b"), limnograph.CodeInvalid},
		"ErrEncoding":       {page("", "lake/a/%zz"), limnograph.CodeUnavailable},
		"ErrTime":           {strings.Replace(page("", "lake/a/b"), "2026", "soon", 1), limnograph.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answer(200, nil, tt.body), 1, s3.Config{})
			var last error
			for _, err := range s.List(t.Context(), "", "") {
				last = err
			}
			wantCode(t, last, tt.code)
		})
	}
}

// Keys come decoded, relative to the store, and without those that are none of its objects.
func TestListDecodesKeys(t *testing.T) {
	s := serve(t, answer(200, nil, page("", "lake/a/%01", "lake/a/+x%2By%20z", "lake/a/sender%3D1/%C3%BC", "lake/z", "lakes/a/b")), 1, s3.Config{})
	var got []string
	for info, err := range s.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.Key)
		if want := time.Date(2026, 11, 24, 5, 52, 2, 0, time.UTC); info.Size != 3 || !info.Modified.Equal(want) {
			t.Errorf("listed %+v", info)
		}
	}
	if want := []string{"a/ x+y z", "a/sender=1/ü"}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("listed %q, want %q", got, want)
	}
}

// Who may not list hears which action on which bucket is missing, in the partition of the Region.
func TestListForbidden(t *testing.T) {
	s := serve(t, answer(403, nil, fault4("AccessDenied")), 1, s3.Config{})
	for _, err := range s.List(t.Context(), "a/", "") {
		wantCode(t, err, limnograph.CodeForbidden, "s3:ListBucket on arn:aws:s3:::bucket)")
	}
}
