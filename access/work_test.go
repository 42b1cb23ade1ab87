package access_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"limnograph"
	"limnograph/access"
)

// Who may only collect may collect, and not tend tables; each try leaves a line.
func TestCollectIsForCollectorsToo(t *testing.T) {
	for name, c := range map[string]struct {
		who     limnograph.Principal
		collect limnograph.Code
		tend    limnograph.Code
	}{
		"admin":     {limnograph.Principal{Name: "admin", Admin: true}, "", ""},
		"collector": {limnograph.Principal{Name: "airflow", Collects: true}, "", limnograph.CodeForbidden},
		"viewer":    {limnograph.Principal{Name: "viewer"}, limnograph.CodeForbidden, limnograph.CodeForbidden},
		"nobody":    {limnograph.Principal{}, limnograph.CodeUnauthorized, limnograph.CodeUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			g := access.New(&fake{}, slog.New(slog.NewJSONHandler(&log, nil)), nil)
			done := 0
			work := func(context.Context) error { done++; return nil }
			if err := g.Collect(t.Context(), c.who, work); limnograph.ErrorCode(err) != c.collect {
				t.Errorf("collect: %v", err)
			}
			if err := g.Work(t.Context(), c.who, "verify", "job_runs", work); limnograph.ErrorCode(err) != c.tend {
				t.Errorf("verify: %v", err)
			}
			want := 0
			for _, refused := range []limnograph.Code{c.collect, c.tend} {
				if refused == "" {
					want++
				}
			}
			if lines := strings.Count(log.String(), "\n"); lines != 2 || done != want {
				t.Errorf("%d lines, done %d times, want %d:\n%s", lines, done, want, log.String())
			}
		})
	}
}
