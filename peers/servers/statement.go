package servers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Answer is what Trino says to a statement, in its own words.
type Answer struct {
	Rows  [][]any // numbers as json.Number, times as text
	Stats struct {
		PhysicalInputBytes, ProcessedRows, CPUTimeMillis, ElapsedTimeMillis int64
	}
}

// Statement runs a statement on Trino to its end, by HTTP alone: a witness that is not the product's engine. The error
// begins with Trino's name for it.
func Statement(ctx context.Context, client *http.Client, trino, sql string) (Answer, error) {
	var answer Answer
	method, url := http.MethodPost, trino+"/v1/statement"
	for url != "" {
		request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(sql))
		if err != nil {
			return answer, err
		}
		request.Header.Set("X-Trino-User", "witness")
		page, err := client.Do(request)
		if err != nil {
			return answer, err
		}
		if url, err = answer.read(page); err != nil {
			return answer, err
		}
		method, sql = http.MethodGet, ""
	}
	return answer, nil
}

// read adds a page of the answer and returns the address of the next one.
func (a *Answer) read(r *http.Response) (next string, err error) {
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(r.Body, 500))
		return "", errors.New(r.Status + ": " + string(text))
	}
	var page struct {
		NextURI string
		Data    [][]any
		Stats   json.RawMessage
		Error   *struct{ ErrorName, Message string }
	}
	decoder := json.NewDecoder(r.Body)
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
