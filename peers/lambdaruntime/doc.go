// Package lambdaruntime runs the real limno-lambda program in tests, without AWS: it stands in for the Lambda Runtime API,
// from which a function fetches its events, and tells how fast the program starts and how much memory it takes.
//
//	bootstrap := lambdaruntime.Build(t)
//	f := lambdaruntime.Start(t, bootstrap, append(glue.Environment(t), "LIMNO_LAMBDA_MODE=catalog", ...))
//	answer, failed := f.Invoke(t, event, time.Minute)
//
// One Function runs one event at a time, as Lambda does; several of them stand for concurrent executions. It polls no
// queue and assumes no role: that is MiniStack's part in package peers.
package lambdaruntime
