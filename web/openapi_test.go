package web_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The API's description is a promise: a change of it is seen in the diff of the golden file.
func TestOpenAPIDocument(t *testing.T) {
	f := start(t)
	got := f.do(t, call{path: "/api/v1/openapi.json", token: noToken})
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/openapi+json" {
		t.Fatalf("status %d, type %q", got.StatusCode, got.Header.Get("Content-Type"))
	}
	const golden = "testdata/openapi.json"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got.body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.body); diff != "" {
		t.Errorf("the API's description changed; when that is meant, run `go test ./web -run TestOpenAPIDocument -update` (-want +got):\n%s", diff)
	}
}
