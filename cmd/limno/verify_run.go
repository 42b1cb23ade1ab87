package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/access"
	"limnograph/cmd/limno/internal/config"
	curated "limnograph/lake"
	"limnograph/landing"
	"limnograph/web"
)

// maintainWork is a verification or a rebuild: what the API calls it, and who does it.
type maintainWork struct {
	name string
	do   func(c *core, ctx context.Context, m web.Maintenance) (any, error)
}

func verifyWork() maintainWork { return maintainWork{"verify", (*core).verify} }

func rebuildWork() maintainWork { return maintainWork{"rebuild", (*core).rebuild} }

func (c *core) verify(ctx context.Context, m web.Maintenance) (any, error) {
	return c.curation.Verify(ctx, c.history(), curated.VerifyOptions{Table: m.Table, Range: m.Range, Progress: progressOf(m)})
}

func (c *core) rebuild(ctx context.Context, m web.Maintenance) (any, error) {
	return c.curation.Rebuild(ctx, c.history(), curated.RebuildOptions{Table: m.Table, Range: m.Range, Progress: progressOf(m)})
}

func (c *core) history() *landing.History {
	return landing.NewHistory(c.store, landedLedger{c.catalog, c.worker.Vanished})
}

// landedLedger knows also the objects that the catalogue has given up because they are gone.
type landedLedger struct {
	limnograph.ObjectLedger
	vanished func(table string) []limnograph.File
}

// Objects lists both kinds in key order. What has come back is catalogued again, and listed as it is now.
func (l landedLedger) Objects(ctx context.Context, table string) ([]limnograph.File, error) {
	files, err := l.ObjectLedger.Objects(ctx, table)
	if err != nil {
		return nil, err
	}
	if gone := l.vanished(table); len(gone) > 0 {
		files = append(files, gone...)
		slices.SortStableFunc(files, func(a, b limnograph.File) int { return strings.Compare(a.Key, b.Key) })
		files = slices.CompactFunc(files, func(a, b limnograph.File) bool { return a.Key == b.Key })
	}
	return files, nil
}

func progressOf(m web.Maintenance) func(curated.Progress) {
	return func(p curated.Progress) { m.Progress(web.MaintenanceProgress(p)) }
}

// maintainer is the work as the API does it: who asks is checked, and each work leaves a line in audit.
func (w maintainWork) maintainer(c *core, guard *access.Guard) web.Maintainer {
	return func(ctx context.Context, p limnograph.Principal, m web.Maintenance) (result any, err error) {
		err = guard.Work(ctx, p, w.name, m.Table, func(ctx context.Context) error {
			result, err = w.do(c, ctx, m)
			return err
		})
		return result, err
	}
}

// maintainFlags are the flags of `limno verify` and `limno rebuild`.
type maintainFlags struct {
	queryFlags
	table, from, to string
}

func (f *maintainFlags) add(cmd *cobra.Command) *settings {
	cmd.Flags().StringVar(&f.table, "table", "", "curated table, such as glue_metrics (default: all)")
	cmd.Flags().StringVar(&f.from, "from", "", "datapoints at and after this time, such as 2026-11-24 or 2026-11-24T05:00:00Z (UTC)")
	cmd.Flags().StringVar(&f.to, "to", "", "datapoints before this time")
	cmd.Flags().StringVar(&f.format, "format", "text", "text or json")
	cmd.Flags().StringVar(&f.url, "url", "", "address of the server, such as http://127.0.0.1:8080")
	cmd.Flags().StringVar(&f.token, "token", "", "admin token (default: LIMNO_TOKEN, or admin-token of the data directory)")
	return addSettings(cmd, "limno", map[string]string{"log.level": "warn"}, "data", "schemas.dir", "log.level")
}

// timeOf reads a time or a date; empty is the zero time.
func timeOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("--%s %q: use a time such as 2026-11-24 or 2026-11-24T05:00:00Z", flag, text)}
}

func (f *maintainFlags) maintenance() (m web.Maintenance, err error) {
	if f.format != "text" && f.format != "json" {
		return m, usageError{fmt.Errorf("--format %q: use text or json", f.format)}
	}
	m.Table = f.table
	if m.Range.From, err = timeOf("from", f.from); err != nil {
		return m, err
	}
	m.Range.To, err = timeOf("to", f.to)
	if err == nil && !m.Range.To.IsZero() && !m.Range.From.Before(m.Range.To) {
		err = usageError{errors.New("--from is not before --to")}
	}
	return m, err
}

// run does the work, here or through a server, and decodes its result.
func (f *maintainFlags) run(cmd *cobra.Command, set *settings, w maintainWork, result any) error {
	m, err := f.maintenance()
	if err != nil {
		return err
	}
	cfg, err := set.load(cmd)
	if err != nil {
		return err
	}
	shown := &rateLine{progressLine: newProgressLine(cmd.ErrOrStderr(), time.Now)}
	m.Progress = shown.tell
	target, err := findRunning(cfg, f.queryFlags)
	if err != nil {
		return err
	}
	if target != nil {
		return target.maintain(cmd.Context(), w.name, m, result)
	}
	if err := needsDirectory(cfg, "limno "+w.name, "its tables are read as they are in the bucket"); err != nil {
		return err
	}
	if err := needsData(cfg); err != nil {
		return err
	}
	return maintainDirect(cmd.Context(), cmd, cfg, w, m, result)
}

// maintainDirect holds the data directory itself for the time of the work.
func maintainDirect(ctx context.Context, cmd *cobra.Command, cfg config.Config, w maintainWork, m web.Maintenance, result any) error {
	return holding(ctx, cfg, newLogger(cmd.ErrOrStderr(), cfg.Log), "limno "+w.name, func(ctx context.Context, c *core) error {
		answer, err := w.do(c, ctx, m)
		if err != nil {
			return err
		}
		return throughJSON(answer, result)
	})
}

// throughJSON gives the result the form that a server would have sent.
func throughJSON(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// maintain asks a server and follows how far it is.
func (t *apiTarget) maintain(ctx context.Context, name string, m web.Maintenance, result any) (err error) {
	request := map[string]any{}
	if m.Table != "" {
		request["table"] = m.Table
	}
	for name, at := range map[string]time.Time{"from": m.Range.From, "to": m.Range.To} {
		if !at.IsZero() {
			request[name] = at
		}
	}
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	body, err := t.do(ctx, http.MethodPost, "/api/v1/"+name, "application/json", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return followMaintenance(body, m.Progress, result)
}

// followMaintenance reads the lines of an answer to the last one.
func followMaintenance(body io.Reader, progress func(web.MaintenanceProgress), result any) error {
	lines := json.NewDecoder(body)
	for {
		var line struct {
			Progress *web.MaintenanceProgress
			Result   json.RawMessage
			Error    *struct{ Message, Hint string }
		}
		if err := lines.Decode(&line); err != nil {
			return fmt.Errorf("the answer broke off; the server may have been stopped: %w", err)
		}
		switch {
		case line.Progress != nil:
			progress(*line.Progress)
		case line.Error != nil && line.Error.Hint != "":
			return fmt.Errorf("%s (%s)", line.Error.Message, line.Error.Hint)
		case line.Error != nil:
			return errors.New(line.Error.Message)
		default:
			return json.Unmarshal(line.Result, result)
		}
	}
}

// print writes the result as JSON or in words.
func (f *maintainFlags) print(w io.Writer, result any, words func(io.Writer)) error {
	if f.format != "json" {
		words(w)
		return nil
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(result)
}

// rateLine shows progress with its rate.
type rateLine struct {
	*progressLine
	doing string
	begun time.Time
}

func (r *rateLine) tell(p web.MaintenanceProgress) {
	doing := p.Table + ": " + p.Doing
	if doing != r.doing {
		r.doing, r.begun = doing, r.now()
	}
	if p.Total == 0 {
		r.show(0, doing)
		return
	}
	rate := ""
	if s := r.now().Sub(r.begun).Seconds(); s >= 1 {
		rate = fmt.Sprintf(", %.0f/s", float64(p.Done)/s)
	}
	r.show(min(0.999, float64(p.Done)/float64(p.Total)), fmt.Sprintf("%s, %d of %d%s", doing, p.Done, p.Total, rate))
}
