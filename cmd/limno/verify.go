package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"limnograph"
	curated "limnograph/lake"
	"limnograph/objectkey"
)

func newVerifyCommand() *cobra.Command {
	var f maintainFlags
	cmd := &cobra.Command{
		Use:   "verify [--table T] [--from TIME] [--to TIME]",
		Short: "Compare the curated tables with landing",
		Long: "Reads landing, and every data file of the curated tables, and compares them by sums of row hashes, then names what\n" +
			"differs: hour, series and datapoints. It repairs nothing. Statements that are held for the next compaction, rows of\n" +
			"batches that are not sealed yet and rows that are older than landing are counted apart: they are no difference.\n\n" +
			"Asks the running server (found by the data directory, or by --url). If no server holds the directory, does it here, and\n" +
			"does first what a start does: it seals and catalogues what a killed server left, and curates what has landed.\n" +
			"Exit code: 0 when all is equal, 1 when something differs, 2 when it could not be found out.",
		Example: "  limno verify\n  limno verify --table glue_metrics --from 2026-11-01 --to 2026-11-08",
		Args:    noArguments,
	}
	set := f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var report curated.Report
		if err := f.run(cmd, set, verifyWork(), &report); err != nil {
			return exitError{err, 2}
		}
		if err := f.print(cmd.OutOrStdout(), report, func(w io.Writer) { printReport(w, report) }); err != nil {
			return exitError{err, 2}
		}
		if !report.Equal() {
			return errors.New("the tables are not what landing says: " + whatToDo(report))
		}
		return nil
	}
	return cmd
}

// exitError ends the process with a code of its own.
type exitError struct {
	error
	code int
}

// Unwrap returns the cause.
func (e exitError) Unwrap() error { return e.error }

// whatToDo names the commands that put the differences right, and what no command does.
func whatToDo(r curated.Report) string {
	var commands, hints []string
	landing := false
	for _, t := range r.Tables {
		lost := lostObjects(t)
		landing = landing || lost > 0
		if t.Equal() || lost == t.ProblemCount && t.Series == 0 {
			continue
		}
		command := "limno rebuild --table " + t.Table
		if n := len(t.Differences); n > 0 && t.ProblemCount == lost && t.Series == int64(n) {
			command += " --from " + t.Differences[0].Hour.Format(time.DateOnly) + " --to " + t.Differences[n-1].Hour.AddDate(0, 0, 1).Format(time.DateOnly)
		}
		commands = append(commands, "`"+command+"`")
	}
	if len(commands) > 0 {
		hints = append(hints, strings.Join(commands, ", ")+" makes what differs anew from landing, then verify again")
	}
	if landing {
		hints = append(hints, "landing objects that are damaged or missing come back from a backup only; the rows that the table has of them stay")
	}
	return strings.Join(hints, "; ")
}

// lostObjects counts those of the listed problems that are landing objects.
func lostObjects(t curated.TableReport) (n int) {
	for _, p := range t.Problems {
		if strings.HasPrefix(p.Key, objectkey.MetricsPrefix) || strings.HasPrefix(p.Key, objectkey.RunsPrefix) {
			n++
		}
	}
	return n
}

func printReport(w io.Writer, r curated.Report) {
	for _, t := range r.Tables {
		outcome := "equal"
		if !t.Equal() {
			outcome = "DIFFERENT"
		}
		compared := fmt.Sprintf(", %d hours compared", t.Hours)
		if limnograph.IsRecordTable(t.Table) {
			compared = "" // each row is
		}
		fmt.Fprintf(w, "%s: %s; %d rows in %d files, %d landed statements in %d objects%s\n", t.Table, outcome, t.Rows, t.Files, t.Statements, t.Objects, compared)
		printApart(w, t)
		if n := t.Missing + t.Extra + t.Different + t.Twice; n > 0 {
			fmt.Fprintf(w, "  %d missing, %d extra, %d different, %d twice, in %d series-hours\n", t.Missing, t.Extra, t.Different, t.Twice, t.Series)
		}
		for _, d := range t.Differences {
			printDifference(w, d)
		}
		for _, p := range t.Problems {
			fmt.Fprintf(w, "  %s: %s\n", p.Key, p.What)
		}
		more(w, int64(t.ProblemCount-len(t.Problems)), "files and objects")
		more(w, t.Series-int64(len(t.Differences)), "series-hours")
	}
}

func more(w io.Writer, n int64, what string) {
	if n > 0 {
		fmt.Fprintf(w, "  and %d more %s\n", n, what)
	}
}

// printApart tells what was counted and is no difference.
func printApart(w io.Writer, t curated.TableReport) {
	for _, c := range []struct {
		n    int64
		text string
	}{
		{t.Held, "held statements wait for the next compaction"},
		{t.Unsealed, "rows are of batches that are not sealed yet"},
		{t.Older, "rows are older than landing"},
		{t.Outside, "landed statements lie too far from their arrival to enter the table"},
		{t.Damaged, "landed lines can't be read"},
		{t.Skipped, "rows were not compared, because a file of their hours is damaged"},
	} {
		if c.n > 0 {
			fmt.Fprintf(w, "  %d %s\n", c.n, c.text)
		}
	}
}

func printDifference(w io.Writer, d curated.Difference) {
	fmt.Fprintf(w, "  %s %s", d.Hour.Format("2006-01-02 15:04"), d.Metric)
	if d.Job != "" {
		fmt.Fprintf(w, " of job %s", d.Job)
	}
	fmt.Fprintf(w, " %s (sid %d): %d missing, %d extra, %d different, %d twice\n", d.Dimensions, d.SID, d.Missing, d.Extra, d.Different, d.Twice)
	for _, e := range d.Examples {
		fmt.Fprintf(w, "    %s landing %s, table %s\n", e.Time.Format("15:04:05"), valuesText(e.Landing), valuesText(e.Table))
	}
}

func valuesText(v *curated.Values) string {
	if v == nil {
		return "nothing"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error() // a value that JSON has no spelling for
	}
	return string(text)
}
