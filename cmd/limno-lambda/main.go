// Command limno-lambda is Limnograph as an AWS Lambda function: pure Go, one binary for all modes, chosen by the
// environment and never by the event. In mode catalog it answers an SQS trigger whose messages tell of new objects; in
// mode reconcile a schedule starts it to find what lost notifications would have told. In mode collect events of Glue,
// orchestrators and a schedule start it to read job runs from the Glue API.
//
// This package wires roles and adapters, and writes logs and metrics; it holds no rule of the product. It is not for the
// command line: limno has query, import and the other tools.
package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version = "dev" //nolint:gochecknoglobals // the linker can set nothing else

// softMemory is where the collector begins to work harder, in bytes: the greatest event of 6 MB then fits into 64 MB.
const softMemory = 40 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	handler, err := load(context.Background(), os.Getenv, os.Stdout, os.Stderr)
	if err != nil {
		os.Exit(1)
	}
	lambda.Start(handler)
}

// load reads the settings once and builds what the mode needs. What is wrong is logged, all of it at once, and returned.
func load(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) (handler any, err error) {
	s, err := readSettings(getenv)
	log := newLogger(stderr, s)
	if err != nil {
		log.Error("settings are wrong, the function does not start", failure(err)...)
		return nil, err
	}
	handler, err = s.mode.start(ctx, s, log, stdout)
	if err != nil {
		log.Error("the function does not start", failure(err)...)
		return nil, err
	}
	log.Debug("ready", "landing", s.landing.String())
	return handler, nil
}
