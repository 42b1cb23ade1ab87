package web_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"limnograph/web"
)

// The page is there for everyone, is never stale, and costs nothing when it is held.
func TestPage(t *testing.T) {
	f := start(t)
	index := f.do(t, call{path: "/", token: noToken, header: map[string]string{"Accept-Encoding": "identity"}})
	etag := index.Header.Get("ETag")
	if index.StatusCode != 200 || index.Header.Get("Content-Type") != "text/html; charset=utf-8" || index.Header.Get("Cache-Control") != "no-cache" || etag == "" {
		t.Fatalf("status %d, headers %v", index.StatusCode, index.Header)
	}
	if strings.Contains(index.body, "<script>") || strings.Contains(index.body, "style=\"") {
		t.Error("the page has inline script or style, which the policy forbids")
	}
	t.Run("held", func(t *testing.T) {
		got := f.do(t, call{path: "/", token: noToken, header: map[string]string{"If-None-Match": `"x", W/` + etag}})
		if got.StatusCode != 304 || got.body != "" {
			t.Errorf("status %d, body %q", got.StatusCode, got.body)
		}
	})
	for name, path := range map[string]string{"place inside the page": "/jobs/orders", "index by name": "/index.html"} {
		t.Run(name, func(t *testing.T) {
			if got := f.do(t, call{path: path, token: noToken}); got.StatusCode != 200 || got.body != index.body {
				t.Errorf("status %d, %d bytes", got.StatusCode, len(got.body))
			}
		})
	}
	t.Run("head", func(t *testing.T) {
		got := f.do(t, call{method: "HEAD", path: "/", token: noToken})
		if got.StatusCode != 200 || got.body != "" || got.Header.Get("ETag") != etag {
			t.Errorf("status %d, body %q", got.StatusCode, got.body)
		}
	})
}

// Large text goes out compressed to those who take it, and has the type that the policy against sniffing needs.
func TestPageFiles(t *testing.T) {
	script := strings.Repeat("export const a = 1;\n", 200)
	f := start(t, func(c *web.Config) {
		c.Page = fstest.MapFS{
			"index.html": {Data: []byte("<!doctype html>")}, "app.js": {Data: []byte(script)}, "style.css": {Data: []byte("a{}")},
			"fonts/a.woff2": {Data: []byte{0, 1, 2}}, "icon.svg": {Data: []byte("<svg/>")},
		}
	})
	for path, want := range map[string]string{
		"/app.js": "text/javascript; charset=utf-8", "/style.css": "text/css; charset=utf-8", "/fonts/a.woff2": "font/woff2",
		"/icon.svg": "image/svg+xml", "/": "text/html; charset=utf-8",
	} {
		if got := f.do(t, call{path: path, token: noToken}); got.StatusCode != 200 || got.Header.Get("Content-Type") != want {
			t.Errorf("%s: status %d, type %q, want %q", path, got.StatusCode, got.Header.Get("Content-Type"), want)
		}
	}
	for accept, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.8": "gzip", "br": "", "gzip;q=0": "", "identity": ""} {
		t.Run("accepts "+accept, func(t *testing.T) {
			got := f.do(t, call{path: "/app.js", token: noToken, header: map[string]string{"Accept-Encoding": accept}})
			if got.Header.Get("Content-Encoding") != want || got.Header.Get("Vary") != "Accept-Encoding" {
				t.Fatalf("headers %v", got.Header)
			}
			text := got.body
			if want == "gzip" {
				text = inflate(t, got.body)
			}
			if text != script {
				t.Errorf("%d bytes, want %d", len(text), len(script))
			}
		})
	}
}

func inflate(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPageWithoutIndexIsRefused(t *testing.T) {
	f := start(t)
	_, err := web.New(web.Config{Engine: f.engine, Authenticate: f.authenticate, Page: fstest.MapFS{"app.js": {}}})
	if err == nil || !strings.Contains(err.Error(), "index.html") {
		t.Errorf("error %v", err)
	}
}
