package duckdb

import (
	_ "embed"
	"strings"
)

//go:embed functions.txt
var functionsText string

// allowedFunctions is the set of functions that a person's SQL may call, in lower case.
func allowedFunctions() map[string]bool {
	set := make(map[string]bool)
	for line := range strings.Lines(functionsText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, name := range strings.Fields(line) {
			set[strings.ToLower(name)] = true
		}
	}
	return set
}
