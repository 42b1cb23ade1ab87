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
	var e exitError
	if errors.As(err, &e) {
		return e.code
	}
	return 1
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "limno",
		Short: "Operational observability for data lakes",
		Long: "Limnograph takes the CloudWatch metric stream of a fleet of AWS Glue jobs, lands it durably, catalogues it,\n" +
			"and shows every job's runs, duration, records and compute load, near real time, with SQL over the history.",
		Example:       "  limno demo                 a simulated fleet, in your browser within a minute\n  limno serve                the delivery endpoint, the API and the page\n  limno query \"SELECT count(*) FROM glue_metrics\"",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w (see `%s --help`)", err, cmd.CommandPath())}
	})
	root.AddCommand(
		newDemoCommand(), newServeCommand(), newImportCommand(), newQueryCommand(), newVerifyCommand(), newRebuildCommand(), newCollectCommand(), newSimulateCommand(),
		newBenchCommand(), newRedriveCommand(), newConfigCommand(), newVersionCommand(), newCfnCommand(), newDeployCommand(), newUndeployCommand(),
	)
	return root
}

// needs checks the number of arguments, max < 0 for any, and names what is missing.
func needs(name string, min, max int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < min:
			return usageError{fmt.Errorf("%s is missing (see `%s --help` for examples)", name, cmd.CommandPath())}
		case max >= 0 && len(args) > max:
			return usageError{fmt.Errorf("%q is one argument too many (put %s in quotes)", args[max], name)}
		}
		return nil
	}
}

// noArguments refuses arguments as a mistake in the command line.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%q is one argument too many (see `%s --help`)", args[0], cmd.CommandPath())}
	}
	return nil
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
