package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"limnograph"
	curated "limnograph/lake"
)

func newRebuildCommand() *cobra.Command {
	var f maintainFlags
	cmd := &cobra.Command{
		Use:   "rebuild [--table T] [--from TIME] [--to TIME]",
		Short: "Make the curated tables anew from landing",
		Long: "Reads landing and replaces the rows of the curated tables, hours by hours, by what it says. Rows that are older than\n" +
			"landing stay. Curation and queries go on meanwhile. The range is widened to whole days; interrupted, the same command\n" +
			"goes on where it was.\n\n" +
			"Asks the running server (found by the data directory, or by --url). If no server holds the directory, does it here.\n" +
			"A lake directory that was deleted needs no rebuild: the next start curates all of landing.",
		Example: "  limno rebuild\n  limno rebuild --table glue_metrics --from 2026-11-01 --to 2026-11-08",
		Args:    noArguments,
	}
	set := f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var result curated.Result
		if err := f.run(cmd, set, rebuildWork(), &result); err != nil {
			return err
		}
		return f.print(cmd.OutOrStdout(), result, func(w io.Writer) { printResult(w, result) })
	}
	return cmd
}

func printResult(w io.Writer, r curated.Result) {
	for _, t := range r.Tables {
		resumed := ""
		if t.Resumed {
			resumed = " (went on with an interrupted rebuild)"
		}
		fmt.Fprintf(w, "%s: %d rows written from %d landed statements, %d files replaced in %d commits%s\n", t.Table, t.Rows, t.Statements, t.Files, t.Commits, resumed)
		if t.Kept > 0 {
			fmt.Fprintf(w, "  %d rows were kept from the table: landing does not hold their batches\n", t.Kept)
		}
		if t.Table == limnograph.RunsTable {
			fmt.Fprintln(w, "  what the datapoints of runs add up to is made again by the server, within seconds of its start or of this rebuild")
		}
		for _, p := range t.Lost {
			fmt.Fprintf(w, "  %s: could not be read to its end; what is older than landing in it is lost: %s\n", p.Key, p.What)
		}
		for _, p := range t.Problems {
			fmt.Fprintf(w, "  %s: damaged landing object; what stands behind the damage was taken from the table: %s\n", p.Key, p.What)
		}
	}
}
