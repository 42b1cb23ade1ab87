//go:build peers

package peers_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"limnograph/peers/servers"
)

// asked is a statement's answer in Trino's own words: a witness that does not use the product's engine.
type asked struct {
	Rows  [][]any // numbers as json.Number
	Stats struct {
		PhysicalInputBytes, ProcessedRows, CPUTimeMillis, ElapsedTimeMillis int64
	}
}

// askTrino runs a statement to its end through Trino's HTTP protocol.
func askTrino(t testing.TB, s *servers.Server, sql string) (asked, error) {
	t.Helper()
	client := servers.LoopbackClient(t)
	var result asked
	method, url, body := http.MethodPost, s.URL+"/v1/statement", sql
	for url != "" {
		request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			return result, err
		}
		request.Header.Set("X-Trino-User", "witness")
		answer, err := client.Do(request)
		if err != nil {
			return result, err
		}
		if url, err = result.read(answer.Body); err != nil {
			return result, err
		}
		method, body = http.MethodGet, ""
	}
	return result, nil
}

// read adds a page of the answer and returns the address of the next one.
func (a *asked) read(body io.ReadCloser) (next string, err error) {
	defer body.Close()
	var page struct {
		NextURI string
		Data    [][]any
		Stats   json.RawMessage
		Error   *struct{ ErrorName, Message string }
	}
	decoder := json.NewDecoder(body)
	decoder.UseNumber()
	if err := decoder.Decode(&page); err != nil {
		return "", err
	}
	if page.Error != nil {
		return "", errors.New(page.Error.ErrorName + ": " + page.Error.Message)
	}
	a.Rows = append(a.Rows, page.Data...)
	return page.NextURI, json.Unmarshal(page.Stats, &a.Stats)
}

// mustAskTrino fails the test when the statement does not run.
func mustAskTrino(t testing.TB, s *servers.Server, sql string) asked {
	t.Helper()
	answer, err := askTrino(t, s, sql)
	if err != nil {
		t.Fatalf("Trino: %v\n%s", err, sql)
	}
	return answer
}
