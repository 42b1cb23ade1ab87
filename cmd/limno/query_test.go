package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"limnograph/cmd/limno/internal/config"
)

// The admin token goes to no server that cannot prove its name.
func TestRemoteCertificatesAreVerified(t *testing.T) {
	asked := false
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer srv.Close()
	target, err := findRunning(config.Config{Data: t.TempDir()}, queryFlags{url: srv.URL, token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.query(t.Context(), "SELECT 1", "csv"); err == nil || !strings.Contains(err.Error(), "certificate") || asked {
		t.Errorf("error %v; the server was asked: %v", err, asked)
	}
}

func TestPrintTable(t *testing.T) {
	const answer = `{"columns":[{"name":"n","type":"BIGINT"},{"name":"wörter","type":"VARCHAR"}],"rows":[[12,"a\nb"],[null,null]],"truncated":true}`
	var b strings.Builder
	if err := printTable(&b, strings.NewReader(answer)); err != nil {
		t.Fatal(err)
	}
	const want = "  n | wörter \n----+--------\n 12 | a b    \n    |        \n(2 rows)\nthe answer was cut; use --format csv or ndjson for all rows\n"
	if b.String() != want {
		t.Errorf("got\n%q, want\n%q", b.String(), want)
	}
}
