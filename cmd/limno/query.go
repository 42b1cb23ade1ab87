package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
	"limnograph/localdir"
)

// queryFlags are the flags of `limno query`.
type queryFlags struct{ format, url, token string }

func newQueryCommand() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use:   "query [--format table|csv|json|ndjson|parquet] SQL",
		Short: "Run one SELECT over the published tables",
		Long: "Asks the running server (found by the data directory, or by --url). If no server holds the directory, opens it\n" +
			"read-only and answers from what is curated and sealed. The dialect is DuckDB's; texts in Trino's dialect mostly work too.",
		Example: "  limno query \"SELECT job_name, count(DISTINCT job_run_id) FROM glue_metrics WHERE NOT is_total GROUP BY 1\"\n" +
			"  limno query --format csv \"SELECT * FROM raw_glue_metrics LIMIT 10\"\n  limno query \"SHOW TABLES\"",
		Args: needs("SQL", 1, 1),
	}
	cmd.Flags().StringVar(&f.format, "format", "table", "table, csv (with a header line), json, ndjson or parquet")
	cmd.Flags().StringVar(&f.url, "url", "", "address of the server, such as http://127.0.0.1:8080")
	cmd.Flags().StringVar(&f.token, "token", "", "admin token (default: LIMNO_TOKEN, or admin-token of the data directory)")
	set := addSettings(cmd, "limno", nil, "data")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !validFormat(f.format) {
			return usageError{fmt.Errorf("--format %q: use table, csv, json, ndjson or parquet", f.format)}
		}
		cfg, err := set.load(cmd)
		if err != nil {
			return err
		}
		return runQuery(cmd, cfg, f, args[0])
	}
	return cmd
}

func validFormat(s string) bool {
	switch s {
	case "table", "csv", "json", "ndjson", "parquet":
		return true
	}
	return false
}

func runQuery(cmd *cobra.Command, cfg config.Config, f queryFlags, sql string) (err error) {
	target, err := findServer(cmd.Context(), cfg, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	if target.note != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), target.note)
	}
	body, err := target.query(cmd.Context(), sql, f.format)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	if f.format == "table" {
		return printTable(cmd.OutOrStdout(), body)
	}
	_, err = io.Copy(cmd.OutOrStdout(), body)
	return err
}

// apiTarget is a server to ask: a running one, or one in this process over a directory opened read-only.
type apiTarget struct {
	url    string
	token  string
	client *http.Client
	note   string // for the person who asks; empty for none
	close  func() error
}

// findServer picks the server of --url, the one that holds the data directory, or none: then the directory itself.
func findServer(ctx context.Context, cfg config.Config, f queryFlags) (*apiTarget, error) {
	target, err := findRunning(cfg, f)
	if target != nil || err != nil {
		return target, err
	}
	return openOffline(ctx, cfg)
}

// findRunning returns the server of --url or the one that holds the data directory; nil when there is none. Only the
// second one's certificate goes unchecked: its address stands in our own lock file.
func findRunning(cfg config.Config, f queryFlags) (*apiTarget, error) {
	token := f.token
	if token == "" {
		token = cfg.Token
	}
	target := &apiTarget{token: fallbackToken(token, cfg.Data), close: func() error { return nil }}
	if f.url != "" {
		target.url, target.client = strings.TrimRight(f.url, "/"), http.DefaultClient
		return target, nil
	}
	holder, alive, err := readHolder(cfg.Data)
	if err != nil || !alive {
		return nil, err
	}
	if holder.URL == "" {
		return nil, fmt.Errorf("%s is held by process %d (%s), which serves no API; wait until it ends", cfg.Data, holder.PID, holder.Command)
	}
	target.url, target.client = holder.URL, localClient()
	return target, nil
}

// readHolder tells which process holds the directory, if one does.
func readHolder(data string) (h localdir.Holder, alive bool, err error) {
	h, alive, err = localdir.ReadHolder(data)
	switch {
	case limnograph.ErrorCode(err) == limnograph.CodeNotFound:
		return h, false, nil
	case errors.Is(err, fs.ErrPermission):
		return h, false, fmt.Errorf("%w (the directory belongs to another user: ask its server with --url and --token)", err)
	}
	return h, alive, err
}

// fallbackToken is the token that the server generated, readable for its own user.
func fallbackToken(token, data string) string {
	if token != "" {
		return token
	}
	generated, err := os.ReadFile(tokenPath(data))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(generated))
}

// query sends the statement and returns the body of a good answer.
func (t *apiTarget) query(ctx context.Context, sql, format string) (io.ReadCloser, error) {
	if format == "table" {
		format = "json"
	}
	body, err := json.Marshal(map[string]any{"sql": sql, "format": format})
	if err != nil {
		return nil, err
	}
	return t.do(ctx, http.MethodPost, "/api/v1/query", "application/json", bytes.NewReader(body))
}

func (t *apiTarget) do(ctx context.Context, method, path, contentType string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, t.url+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	req.Header.Set("Content-Type", contentType)
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w (is the server running?)", t.url, err)
	}
	if resp.StatusCode/100 == 2 {
		return resp.Body, nil
	}
	return nil, errors.Join(apiError(resp), resp.Body.Close())
}

// apiError turns an error answer into words.
func apiError(resp *http.Response) error {
	var e struct{ Code, Message, Hint string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&e); err != nil || e.Message == "" {
		return fmt.Errorf("the server answered %s", resp.Status)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		e.Hint = "give the server's admin token by --token or LIMNO_TOKEN; it stands in admin-token of its data directory"
	}
	if e.Hint != "" {
		e.Message += " (" + e.Hint + ")"
	}
	return errors.New(e.Message)
}
