package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"limnograph/deploy/cloudformation"
)

func newCfnPlanCommand() *cobra.Command {
	var fleet cloudformation.Fleet
	var prices string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what the stack holds, what it may do, and what a month of it costs",
		Long: "Prints the resources, the permissions in words, and the monthly bill of a fleet of Glue jobs with the arithmetic of\n" +
			"every figure. Prices are the list prices of us-east-1; give those of another Region with --prices.",
		Example: "  limno cfn plan\n  limno cfn plan --jobs 200 --runs 24 --minutes 10 --observability --accounts 3",
		Args:    cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.IntVar(&fleet.Jobs, "jobs", 100, "Glue jobs that run, in each account")
	flags.Float64Var(&fleet.RunsPerDay, "runs", 24, "runs of a job in a day")
	flags.Float64Var(&fleet.MinutesPerRun, "minutes", 10, "minutes of a run")
	flags.IntVar(&fleet.Executors, "executors", 9, "executors of a run")
	flags.BoolVar(&fleet.Observability, "observability", false, "jobs have observability metrics too")
	flags.IntVar(&fleet.Locations, "locations", 2, "sources and sinks of a job, with --observability")
	flags.IntVar(&fleet.Accounts, "accounts", 1, "accounts with a stack each")
	flags.Float64Var(&fleet.KeptMonths, "months", 12, "months that landed objects are kept")
	flags.Float64Var(&fleet.QueriesPerDay, "queries", 100, "queries on Athena in a day, in each account")
	flags.Float64Var(&fleet.DaysPerQuery, "query-days", 1, "days of data that a query reads")
	flags.StringSliceVar(&fleet.Publish, "publish", nil,
		"custom metrics published about each run: "+strings.Join(cloudformation.Kinds(), ", ")+", or none (default status,duration)")
	flags.StringVar(&prices, "prices", "", "file of prices (default: list prices of us-east-1)")
	template := addTemplateFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := noZero(cmd); err != nil {
			return usageError{err}
		}
		options, _, err := template.options()
		if err != nil {
			return err
		}
		if fleet.Prices, err = readPrices(prices); err != nil {
			return err
		}
		preview, err := cloudformation.Plan(options, fleet)
		if err != nil {
			return err
		}
		return printPreview(cmd.OutOrStdout(), preview)
	}
	return cmd
}

// noZero refuses a fleet without something: 0 would be taken for the usual number.
func noZero(cmd *cobra.Command) error {
	for _, name := range []string{"jobs", "runs", "minutes", "executors", "locations", "accounts", "months", "queries", "query-days"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "0" {
			return fmt.Errorf("--%s 0: use a number above 0", name)
		}
	}
	return nil
}

func readPrices(path string) (cloudformation.Prices, error) {
	if path == "" {
		return cloudformation.ListPrices()
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return cloudformation.Prices{}, fmt.Errorf("read prices: %w", err)
	}
	return cloudformation.ParsePrices(text)
}

func printPreview(w io.Writer, p cloudformation.Preview) error {
	fmt.Fprintln(w, "Resources")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range p.Resources {
		fmt.Fprintf(table, "  %s\t%s\t%s%s\n", r.ID, strings.TrimPrefix(r.Type, "AWS::"), p.Fill(r.Purpose), remark(r))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nPermissions")
	for _, sentence := range p.InWords() {
		fmt.Fprintf(w, "  %s\n", sentence)
	}
	return printBill(w, p.Bill)
}

func remark(r cloudformation.Resource) string {
	var remarks []string
	if r.When != "" {
		remarks = append(remarks, "if "+r.When)
	}
	if r.Kept {
		remarks = append(remarks, "stays when the stack is removed")
	}
	if len(remarks) == 0 {
		return ""
	}
	return " (" + strings.Join(remarks, "; ") + ")"
}

func printBill(w io.Writer, b cloudformation.Bill) error {
	fmt.Fprintln(w, "\nFigures of a month")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, q := range b.Quantities {
		fmt.Fprintf(table, "  %s\t%s %s\t= %s\n", q.Name, cloudformation.Figure(q.Value), q.Unit, q.Formula)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nBill of a month, at prices of %s\n", b.Region)
	printCharges(table, b.Charges)
	fmt.Fprintf(table, "  sum\t%s\t\n", cloudformation.Dollars(b.Cents))
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "  Free tiers are not taken off. Streams of other namespaces than Glue come on top.")
	if len(b.Choice) > 0 {
		fmt.Fprintln(w, "\nBy choice: further custom metrics of job runs")
		printCharges(table, b.Choice)
		if err := table.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintln(w, "\nBeside it: CloudWatch charges for the jobs' own metrics, with or without Limnograph")
	printCharges(table, b.Beside)
	return table.Flush()
}

func printCharges(w io.Writer, charges []cloudformation.Charge) {
	for _, c := range charges {
		fmt.Fprintf(w, "  %s\t%s\t= %s\t%s, %s\n", c.Name, cloudformation.Dollars(c.Cents), c.Formula, c.Price.Source, c.Price.Read)
	}
}
