package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// benchFlags are the flags of `limno bench`.
type benchFlags struct {
	url, accessKey, token, stream string
	dir                           string
	cores                         int
	load                          benchLoad
	concurrency                   int
	rate                          int
	duration                      time.Duration
	json                          bool
}

func newBenchCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast a server acknowledges deliveries",
		Long: "Delivers datapoints like those of Glue jobs by the Firehose protocol, as fast as the server answers, and reports\n" +
			"points acknowledged per second, the time to the acknowledgement, CPU, memory and bytes on disk. An answer of 200\n" +
			"means that the datapoints are durable, so this is the speed of the disk too. All bodies exist before the clock starts.\n\n" +
			"With --rate it delivers a fleet as large as that rate, minute by minute in real time, and reports how long a datapoint\n" +
			"takes from its acknowledgement to its curated table, and what the server needs for it.\n\n" +
			"Without --url it starts a server of its own on an empty temporary directory and ends it afterwards.",
		Example: "  limno bench\n  limno bench --rate 20000 --duration 1h\n  limno bench --cores 1 --json > bench.json\n" +
			"  limno bench --dir /mnt/disk --points 5000000 --concurrency 8\n" +
			"  limno bench --url https://limno.example.org --access-key KEY --token TOKEN",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.register(cmd)
	cmd.AddCommand(newBenchQueriesCommand())
	return cmd
}

func (f *benchFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.url, "url", "", "measure this running server; it keeps the datapoints (default: a server of its own)")
	flags.StringVar(&f.accessKey, "access-key", os.Getenv("LIMNO_FIREHOSE_ACCESS_KEY"), "access key of the running server (default: LIMNO_FIREHOSE_ACCESS_KEY)")
	flags.StringVar(&f.token, "token", os.Getenv("LIMNO_TOKEN"), "admin token of the running server, for its CPU, memory and disk figures (default: LIMNO_TOKEN)")
	flags.StringVar(&f.stream, "stream", "bench", "delivery stream to deliver to")
	flags.StringVar(&f.dir, "dir", "", "where its own server puts its temporary data; mind which disk (default: the system's temporary directory)")
	flags.IntVar(&f.cores, "cores", 0, "cores that its own server may use (0: all)")
	flags.IntVar(&f.load.points, "points", 1_000_000, "datapoints to deliver; about 450 bytes of memory each")
	flags.IntVar(&f.load.batch, "batch", 5_000, "datapoints of one request")
	flags.IntVar(&f.concurrency, "concurrency", 4, "requests at the same time")
	flags.BoolVar(&f.load.gzip, "gzip", false, "compress the bodies, as Firehose does when told to")
	flags.Uint64Var(&f.load.seed, "seed", 1, "seed that series and values follow from")
	flags.IntVar(&f.rate, "rate", 0, "datapoints per second, delivered in real time for --duration (0: all of --points, as fast as the server answers)")
	flags.DurationVar(&f.duration, "duration", time.Minute, "how long to deliver with --rate")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
}

func (f *benchFlags) check() error {
	switch {
	case f.load.points < 1 || f.load.batch < 1 || f.concurrency < 1:
		return usageError{fmt.Errorf("--points, --batch and --concurrency must be at least 1")}
	case f.rate < 0 || f.rate > 0 && f.duration < time.Second:
		return usageError{fmt.Errorf("--rate must not be negative, and --duration at least 1s")}
	case f.rate > 0 && f.token == "" && f.url != "":
		return usageError{fmt.Errorf("--rate reads the server's figures: give --token")}
	case f.load.batch > maxBenchBatch:
		return usageError{fmt.Errorf("--batch %d is above %d: a body would pass Firehose's 64 MiB", f.load.batch, maxBenchBatch)}
	case f.url != "" && f.accessKey == "":
		return usageError{fmt.Errorf("--access-key is needed with --url: it is the server's firehose.access_key")}
	case f.url != "" && (f.cores != 0 || f.dir != ""):
		return usageError{fmt.Errorf("--cores and --dir are about bench's own server: leave them out with --url")}
	}
	return nil
}

func (f *benchFlags) run(cmd *cobra.Command) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	if f.rate > 0 {
		return f.runRate(cmd)
	}
	progress := newProgressLine(cmd.ErrOrStderr(), time.Now)
	bodies, err := f.load.generate(time.Now(), func(done int) {
		progress.show(float64(done)/float64(f.load.points), "generating datapoints")
	})
	if err != nil {
		return err
	}
	progress.end(fmt.Sprintf("generated %d datapoints in %d bodies", f.load.points, len(bodies)))
	target, stop, err := f.target(cmd.Context())
	if err != nil {
		return err
	}
	report, err := f.measure(cmd.Context(), target, bodies)
	if stopErr := stop(); err == nil {
		err = stopErr
	}
	if err != nil {
		return err
	}
	return f.show(cmd, report)
}

// printed is a report for a person or, by its fields, for a program.
type printed interface{ print(w io.Writer) error }

func (f *benchFlags) show(cmd *cobra.Command, report printed) error {
	if !f.json {
		return report.print(cmd.OutOrStdout())
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetIndent("", "  ")
	return enc.Encode(report)
}

// target is the server of --url, or a new one with the function that ends it.
func (f *benchFlags) target(ctx context.Context) (benchTarget, func() error, error) {
	if f.url != "" {
		return newBenchTarget(f.url, f.stream, f.accessKey, f.token, f.concurrency), func() error { return nil }, nil
	}
	s, err := startBenchServer(ctx, f.dir, f.cores)
	if err != nil {
		return benchTarget{}, nil, err
	}
	return newBenchTarget(s.url, f.stream, s.accessKey, s.token, f.concurrency), s.stop, nil
}

// measure delivers the bodies while it watches the server.
func (f *benchFlags) measure(ctx context.Context, t benchTarget, bodies []benchBody) (*benchReport, error) {
	defer t.client.CloseIdleConnections()
	watch, err := watchServer(ctx, t)
	if err != nil {
		return nil, err
	}
	result, err := drive(ctx, t, bodies, f.concurrency)
	figures, watchErr := watch.finish(ctx, f.load.points)
	if err != nil {
		return nil, err
	}
	if watchErr != nil {
		return nil, watchErr
	}
	return newBenchReport(f, bodies, result, figures), nil
}
