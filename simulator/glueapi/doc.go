// Package glueapi serves the jobs and runs of a simulated fleet as AWS does: the Glue API in its JSON protocol, and as much
// of STS as leads from one account to another.
//
//   - What is asked for is answered from the fleet's model at Config.Now: jobs appear and are deleted, runs change their
//     state, and what was started before Config.From is no longer known.
//   - Jobs that a client creates, changes or deletes, and runs that it starts, are kept in memory. Such a run ends as its
//     argument --end_state says, after it was seen RUNNING.
//   - Every call is counted; a share of them fails when Faults says so.
//
// It is NOT a judge of signatures: a call must be signed, but nobody looks whether it is signed well. It publishes no
// datapoints; the fleet's events of its own runs come from simulator.EventPump, those of runs from outside from
// Config.OnEvent.
package glueapi
