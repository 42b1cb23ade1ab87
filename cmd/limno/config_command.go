package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"limnograph/cmd/limno/internal/config"
	"limnograph/collector"
)

func newConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Check the configuration and list its settings",
		Example: "  limno config check --config config.yaml\n  limno config keys",
	}
	cmd.AddCommand(newConfigCheckCommand(), newConfigKeysCommand())
	return cmd
}

func newConfigCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say what is wrong with the configuration, where, and what to do",
		Long: "Reads the configuration as serve would (file, environment), its secrets and the schema definitions, and lists every\n" +
			"mistake with file, line and remedy. Exit code 1 when there is one.",
		Example: "  limno config check\n  limno config check /etc/limno/config.yaml",
		Args:    cobra.MaximumNArgs(1),
	}
	set := addSettings(cmd, "limno", nil, "data", "schemas.dir")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			set.configFile = args[0]
		}
		src := set.source(cmd)
		cfg, err := config.Load(src)
		if err == nil {
			_, err = readSchemas(schemaDir(cfg))
		}
		if err != nil {
			fmt.Fprintln(cmd.OutOrStdout(), err)
			return fmt.Errorf("the configuration has mistakes")
		}
		return printEffective(cmd.OutOrStdout(), cfg)
	}
	return cmd
}

// printEffective shows the settings in force; secrets are told apart only by whether they are set.
func printEffective(w io.Writer, cfg config.Config) error {
	fmt.Fprintln(w, "the configuration is good; in force:")
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, k := range config.Keys(cfg) {
		value := k.Default
		if k.Secret && value != "" {
			value = "(set)"
		}
		fmt.Fprintf(tw, "  %s\t%s\n", k.Path, value)
	}
	for _, k := range cfg.Firehose.AccessKeys {
		fmt.Fprintf(tw, "  access key %s\taccounts %v\n", k.Name, k.Accounts)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	kinds, err := collector.ParseKinds(cfg.Collector.Publish)
	if err != nil {
		return err
	}
	if len(cfg.Collector.Accounts) > 0 && cfg.Collector.PublishTo == config.PublishToCloudWatch && len(kinds) > 0 {
		fmt.Fprintf(w, "custom metrics, for each %d finished runs a month: %s\n", billedRuns, collector.MonthlyPrice(billedRuns, kinds, collector.ListPrices()).Text)
	}
	return nil
}

// billedRuns is the number of runs that a price is told for.
const billedRuns = 1000

func newConfigKeysCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "keys",
		Short:   "List every setting with its environment variable and default",
		Example: "  limno config keys",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tw := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			for _, k := range config.Keys(config.Default("")) {
				fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", k.Path, k.Env, k.Default, k.Doc)
			}
			return tw.Flush()
		},
	}
}
