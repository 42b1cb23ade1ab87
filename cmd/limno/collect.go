package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"limnograph/cmd/limno/internal/config"
	"limnograph/collector"
)

// collectFlags are the flags of `limno collect`.
type collectFlags struct {
	queryFlags
	collector.Request
}

func newCollectCommand() *cobra.Command {
	var f collectFlags
	cmd := &cobra.Command{
		Use:   "collect --job J --run R [--account A] [--region R]",
		Short: "Ask Glue about one job run and take the answer in",
		Long: "Asks the Glue API for one run, lands what it says, and publishes its custom metrics when the run has ended. Doing it\n" +
			"twice changes nothing. It asks the running server (found by the data directory, or by --url), which knows the accounts;\n" +
			"if no server holds the directory, does it here.",
		Example: "  limno collect --job orders-staged --run jr_4f1c...\n" +
			"  limno collect --url https://limno.example.net --token \"$TOKEN\" --job orders-staged --run jr_4f1c...",
		Args: noArguments,
	}
	cmd.Flags().StringVar(&f.JobName, "job", "", "name of the job")
	cmd.Flags().StringVar(&f.RunID, "run", "", "id of the run, such as jr_4f1c...")
	cmd.Flags().StringVar(&f.AccountID, "account", "", "account of the job (default: the one that has it)")
	cmd.Flags().StringVar(&f.Region, "region", "", "region of the job (default: the one that has it)")
	cmd.Flags().StringVar(&f.format, "format", "text", "text or json")
	cmd.Flags().StringVar(&f.url, "url", "", "address of the server, such as http://127.0.0.1:8080")
	cmd.Flags().StringVar(&f.token, "token", "", "admin or collector token (default: LIMNO_TOKEN, or admin-token of the data directory)")
	set := addSettings(cmd, "limno", map[string]string{"log.level": "warn"}, "data", "log.level")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := set.load(cmd)
		if err != nil {
			return err
		}
		return f.run(cmd, cfg)
	}
	return cmd
}

func (f *collectFlags) run(cmd *cobra.Command, cfg config.Config) error {
	if f.format != "text" && f.format != "json" {
		return usageError{fmt.Errorf("--format %q: use text or json", f.format)}
	}
	if f.JobName == "" || f.RunID == "" {
		return usageError{errors.New("--job and --run are needed: which run of which job")}
	}
	body, err := json.Marshal(f.Request)
	if err != nil {
		return err
	}
	if _, err := collector.ParseRequest(body); err != nil {
		return usageError{err}
	}
	answer, err := f.ask(cmd, cfg, body)
	if err != nil {
		return err
	}
	return f.print(cmd.OutOrStdout(), answer)
}

// ask goes to a server, or does it here when none holds the directory.
func (f *collectFlags) ask(cmd *cobra.Command, cfg config.Config, body []byte) ([]byte, error) {
	target, err := findRunning(cfg, f.queryFlags)
	if err != nil {
		return nil, err
	}
	if target != nil {
		return target.collect(cmd.Context(), body)
	}
	if err := needsData(cfg); err != nil {
		return nil, err
	}
	if err := needsDirectory(cfg, "limno collect", "the function of its stack collects"); err != nil {
		return nil, err
	}
	var answer []byte
	err = holding(cmd.Context(), cfg, newLogger(cmd.ErrOrStderr(), cfg.Log), "limno collect", func(ctx context.Context, c *core) error {
		answer, err = collectHere(ctx, c, body)
		return err
	})
	return answer, err
}

func collectHere(ctx context.Context, c *core, body []byte) ([]byte, error) {
	glue := glueSettingsOf(c.cfg)
	targets, err := glue.targets(ctx)
	if err != nil {
		return nil, err
	}
	k, err := c.openCollector(ctx, glue, targets, asker{})
	if err != nil {
		return nil, err
	}
	outcome, err := k.collect(ctx, body)
	if err != nil {
		return nil, err
	}
	return json.Marshal(outcome)
}

func (t *apiTarget) collect(ctx context.Context, request []byte) (answer []byte, err error) {
	body, err := t.do(ctx, http.MethodPost, "/api/v1/collect", "application/json", bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return io.ReadAll(io.LimitReader(body, 1<<20))
}

// print writes the answer as it is, or its state in words.
func (f *collectFlags) print(w io.Writer, answer []byte) error {
	if f.format == "json" {
		_, err := fmt.Fprintln(w, string(bytes.TrimSpace(answer)))
		return err
	}
	var o collected
	if err := json.Unmarshal(answer, &o); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	_, err := fmt.Fprintf(w, "%s of job %s (account %s, %s): %s\n", o.RunID, o.JobName, o.AccountID, o.Region, o.State)
	return err
}
