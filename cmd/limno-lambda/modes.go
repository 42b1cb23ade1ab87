package main

import (
	"strings"

	"limnograph/aws/lambdaevent"
)

// mode is one thing that the function can be.
type mode struct {
	name    string                // value of LIMNO_LAMBDA_MODE
	handler func(f *function) any // what the Lambda runtime calls
}

func modes() []mode {
	return []mode{
		{"catalog", func(f *function) any { return lambdaevent.SQS(f.catalogue) }},
		{"reconcile", func(f *function) any { return f.reconcile }},
	}
}

func modeNames() string {
	var names []string
	for _, m := range modes() {
		names = append(names, m.name)
	}
	return strings.Join(names, " or ")
}
