// Package simulator is a believable fleet of AWS Glue jobs, and the delivery of its CloudWatch metric stream.
//
// Everything derives from a seed by counter-based randomness: a run is a function of (seed, dataset, schedule slot),
// a value a function of (run, report). So any interval can be generated alone, in any order, on any day, and always
// holds the same bytes.
//
//   - Fleet is the model: accounts, datasets, jobs, schedules, runs and incidents.
//   - Generator turns minutes of the model into metric-stream lines.
//   - Player delivers those lines to a Target (HTTPTarget speaks the Firehose protocol, DirTarget writes the objects
//     that Firehose would), remembers in a Checkpoint what was acknowledged, and goes on where it was.
//   - WriteLedger writes the truth about an interval as CSV. It is computed from the model and never looks at a line.
//   - RunLedger, JobLedger and Events are the control plane over the same runs, and over jobs that emit no metrics: what the
//     Glue API says of each at any moment, how it ended, and what EventBridge delivers, with faults. EventPump sends it live.
//     Package glueapi serves it to AWS clients.
//
// It is NOT a decoder or a judge of the product: it knows nothing of how the product reads the stream, and must never
// import the packages that do.
package simulator
