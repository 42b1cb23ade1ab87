// Command limno is Limnograph in one binary: the delivery endpoint, the catalogue, the SQL engine, the API and the
// page (serve), a demonstration with a simulated fleet (demo), the AWS side (cfn, deploy, undeploy, redrive), and the
// tools around them (import, query, simulate, bench, config).
//
// This package wires roles and adapters and talks to the person at the terminal; it holds no rule of the product.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // named time zones in results, on images without zone files
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version = "dev" //nolint:gochecknoglobals // the linker can set nothing else

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	limitMemory()
	if err := newRootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "limno: "+err.Error())
		return exitCode(err)
	}
	return 0
}

// softMemory is where the garbage collector begins to work harder, unless GOMEMLIMIT says otherwise: a merge of large
// files makes much garbage, and little of it has to be kept. DuckDB's memory is its own (query.memory_limit).
const softMemory = 768 << 20

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
}
