package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"limnograph/deploy/cloudformation"
)

func newCfnCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cfn",
		Short: "Write and explain the CloudFormation template of Limnograph on AWS",
		Long: "The template is one text that needs nothing else: `limno deploy` uses it, and so can any other tool that creates\n" +
			"stacks. Neither command talks to AWS.",
		Example: "  limno cfn render -o limnograph.yaml\n  limno cfn plan --jobs 200 --runs 24 --minutes 10",
	}
	cmd.AddCommand(newCfnRenderCommand(), newCfnPlanCommand())
	return cmd
}

func newCfnRenderCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "render [-o FILE]",
		Short: "Write the CloudFormation template",
		Long: "Writes the template, the same text for the same flags. What an operator may want to change later is a parameter of\n" +
			"it; flags decide what parameters can't: which namespaces are streamed, and which of their metrics.",
		Example: "  limno cfn render -o limnograph.yaml\n  limno cfn render --schema ebs.yaml --without metric-stream",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write (default: standard output)")
	template := addTemplateFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		options, _, err := template.options()
		if err != nil {
			return err
		}
		text, err := cloudformation.Render(options)
		if err != nil {
			return err
		}
		if out == "" {
			_, err = cmd.OutOrStdout().Write(text)
			return err
		}
		if err := os.WriteFile(out, text, 0o644); err != nil {
			return fmt.Errorf("write the template: %w", err)
		}
		return nil
	}
	return cmd
}
