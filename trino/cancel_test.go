package trino_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
)

// Whatever takes the asker away, the query is ended on the server too, at its newest page.
func TestQueryEndsOnTheServer(t *testing.T) {
	tests := map[string]struct {
		pages []answer
		leave func(t *testing.T, c *coordinator, rows limnograph.Rows, cancel func())
	}{
		"CancelledWhileReading": {
			[]answer{waiting(), numbers(0, 1), {hold: true}},
			func(t *testing.T, c *coordinator, rows limnograph.Rows, cancel func()) {
				<-c.holding
				cancel()
				if err := drain(rows); !errors.Is(err, context.Canceled) {
					t.Errorf("%v", err)
				}
			},
		},
		"ClosedWhileAPageIsOnItsWay": {
			[]answer{waiting(), numbers(0, 1), {hold: true}},
			func(_ *testing.T, c *coordinator, _ limnograph.Rows, _ func()) { <-c.holding },
		},
		"ClosedWhilePagesWait": {
			[]answer{waiting(), numbers(0, 1), numbers(0, 2), numbers(0, 3), numbers(0, 4), numbers(0, 5)},
			func(*testing.T, *coordinator, limnograph.Rows, func()) {},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := start(t, tt.pages...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			rows, err := open(t, c.URL).Query(ctx, admin, limnograph.Query{SQL: "SELECT 1"})
			if err != nil {
				t.Fatal(err)
			}
			tt.leave(t, c, rows, cancel)
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
			c.expectEnded(t)
		})
	}
}

func (c *coordinator) expectEnded(t *testing.T) {
	t.Helper()
	ended := c.deleted()
	if !slices.ContainsFunc(ended, func(path string) bool { return strings.HasPrefix(path, "/v1/statement/executing/") }) {
		t.Errorf("ended %q", ended)
	}
}

func drain(rows limnograph.Rows) (err error) {
	for err == nil {
		_, err = rows.Next()
	}
	return err
}

func TestQueryEndsOnTheServerBeforeItsFirstRow(t *testing.T) {
	for name, tt := range map[string]struct {
		limit time.Duration
		want  error
		code  limnograph.Code
	}{
		"TimeLimit": {300 * time.Millisecond, context.DeadlineExceeded, limnograph.CodeTimeout},
		"Cancelled": {0, context.Canceled, limnograph.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, waiting(), answer{hold: true})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.limit == 0 {
				go func() {
					<-c.holding
					cancel()
				}()
			}
			_, err := ask(ctx, open(t, c.URL), limnograph.Query{SQL: "SELECT 1", Timeout: tt.limit})
			if !errors.Is(err, tt.want) || limnograph.ErrorCode(err) != tt.code {
				t.Errorf("%v", err)
			}
			c.expectEnded(t)
		})
	}
}

// A query that has given its last page is not ended a second time.
func TestFinishedQueryIsLeftAlone(t *testing.T) {
	c := start(t, waiting(), numbers(0, 1))
	if got, err := ask(t.Context(), open(t, c.URL), limnograph.Query{SQL: "SELECT 1"}); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if ended := c.deleted(); len(ended) > 0 {
		t.Errorf("ended %q", ended)
	}
}

// A query that can't be ended is told of when the rows are closed.
func TestServerGoneAtTheEnd(t *testing.T) {
	c := start(t, waiting(), numbers(0, 1), numbers(0, 2), answer{hold: true})
	rows, err := open(t, c.URL).Query(t.Context(), admin, limnograph.Query{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	c.CloseClientConnections()
	c.Listener.Close()
	err = rows.Close()
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || !strings.Contains(err.Error(), "20261124_000000_00001_aaaaa") || strings.Contains(err.Error(), "slug") {
		t.Errorf("%v", err)
	}
}
