package main

import (
	"fmt"
	"maps"
	"slices"

	"limnograph/aws/cloudformation"
)

// report prints what stands now and what to do next.
func (d *deployment) report(outcome cloudformation.Outcome, stack cloudformation.Stack) error {
	w := d.cmd.OutOrStdout()
	fmt.Fprintf(w, "stack %s is %s\n", stack.Name, outcome)
	for _, name := range slices.Sorted(maps.Keys(stack.Outputs)) {
		fmt.Fprintf(w, "  %-20s %s\n", name, stack.Outputs[name])
	}
	for _, line := range d.nextSteps(stack) {
		fmt.Fprintln(w, line)
	}
	return nil
}

func (d *deployment) nextSteps(stack cloudformation.Stack) []string {
	steps := []string{"next:"}
	if stack.Parameters["AlarmEmail"] != "" {
		steps = append(steps, "  confirm the subscription that AWS has sent to "+stack.Parameters["AlarmEmail"])
	} else {
		steps = append(steps, "  subscribe somebody to the alarms: aws sns subscribe --topic-arn "+stack.Outputs["AlarmTopic"]+" --protocol email --notification-endpoint ADDRESS")
	}
	if d.options.WithoutMetricStream {
		steps = append(steps, "  put CloudWatch's JSON lines into the delivery streams, or Firehose objects below "+stack.Outputs["Root"]+"landing/metrics/")
	} else {
		steps = append(steps, "  run a Glue job with --enable-metrics true; the first object arrives some minutes after its first minute")
	}
	return append(steps, fmt.Sprintf("  ask in Athena, workgroup %s: SELECT count(*) FROM %s.raw_glue_metrics_flat", stack.Outputs["Workgroup"], stack.Outputs["DatabaseName"]))
}
