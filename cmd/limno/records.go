package main

import (
	"limnograph"
	"limnograph/record"
)

// recordSchemas are those of the tables of runs, their errors, and jobs, which every directory has.
func recordSchemas() []limnograph.Schema {
	return []limnograph.Schema{record.Errors().Schema(), record.Runs().Schema(), record.Jobs().Schema()}
}
