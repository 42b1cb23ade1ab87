package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// usageError marks a mistake in the command line; the exit code is 2.
type usageError struct{ error }

func exitCode(err error) int {
	var u usageError
	if errors.As(err, &u) {
		return 2
	}
	return 1
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "limno",
		Short: "Operational observability for data lakes",
		Long: "Limnograph takes the CloudWatch metric stream of a fleet of AWS Glue jobs, lands it durably, catalogues it,\n" +
			"and shows every job's runs, duration, records and compute load, near real time, with SQL over the history.",
		Example:       "  limno demo                 a simulated fleet, in your browser within a minute\n  limno serve                the delivery endpoint, the API and the page\n  limno query \"SELECT count(*) FROM raw_glue_metrics\"",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w (see `%s --help`)", err, cmd.CommandPath())}
	})
	root.AddCommand(
		newDemoCommand(), newServeCommand(), newImportCommand(), newQueryCommand(), newSimulateCommand(),
		newBenchCommand(), newConfigCommand(), newVersionCommand(),
	)
	return root
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print version, Go version and platform",
		Example: "  limno version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "limno %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
