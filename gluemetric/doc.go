// Package gluemetric says what each metric of the CloudWatch namespace Glue means: its unit, whether its values are
// deltas or absolute, and which one series a roll-up may read, so that a total is never added to its parts.
//
// The facts stand in catalogue.csv, one row a metric. The package reads no datapoint and computes no roll-up; it
// does NOT decide identity: a metric that it does not know is stored and shown like any other, and enters no roll-up.
package gluemetric
