package web_test

import (
	"net/http"
	"strings"
	"testing"

	"limnograph"
	"limnograph/web"
)

func TestBeforeTheTableIsPublished(t *testing.T) {
	const waits = "what lies below s3://b/landing/metrics/ shows as soon as the catalogue has it"
	f := start(t, func(c *web.Config) {
		c.WaitsFor = waits
		c.Files = func() *limnograph.FileSet { return &limnograph.FileSet{Version: 1} }
	})
	for _, path := range []string{"/api/v1/fleet", "/api/v1/load"} {
		t.Run(path+" is empty and no engine is asked", func(t *testing.T) {
			if got := f.do(t, call{path: path}); got.StatusCode != http.StatusOK {
				t.Errorf("status %d: %s", got.StatusCode, got.body)
			}
		})
	}
	if len(f.engine.asked) > 0 {
		t.Errorf("asked %d queries", len(f.engine.asked))
	}
	t.Run("the status says what has to happen", func(t *testing.T) {
		if got := f.do(t, call{path: "/api/v1/status"}); !strings.Contains(got.body, waits) {
			t.Errorf("got %s", got.body)
		}
	})
}
