package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestHandlerTransport(t *testing.T) {
	client := &http.Client{Transport: handlerTransport{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		for range 3 {
			_, _ = io.WriteString(w, "row\n")
		}
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
	})}}
	for path, wantErr := range map[string]bool{"/": false, "/broken": true} {
		resp, err := client.Get("http://localhost" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusTeapot || string(body) != strings.Repeat("row\n", 3) || (err != nil) != wantErr {
			t.Errorf("%s: %d %q, %v", path, resp.StatusCode, body, err)
		}
		resp.Body.Close()
	}
}
