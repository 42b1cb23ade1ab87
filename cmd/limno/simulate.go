package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// simulateFlags are the flags of `limno simulate`.
type simulateFlags struct {
	to, accessKey        string
	from, until, speed   string
	ledger, checkpoint   string
	jobs, accounts       int
	seed                 uint64
	duplicates, delays   float64
	glue, events, token  string
	glueFaults           glueapi.Faults
	eventFaults          simulator.EventFaults
	runLedger            string
	gzip, live, newFirst bool
}

func newSimulateCommand() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate --to URL|DIR",
		Short: "Deliver the metric stream of a simulated Glue fleet",
		Long: "Plays a fleet of Glue jobs that follows from a seed: the same seed always gives the same datapoints for the same\n" +
			"time, whenever it runs. A URL gets them by the Firehose delivery protocol; a directory gets the objects that\n" +
			"Firehose would have written, by simulated arrival, ready for `limno import`. The ledger is the truth to compare with.",
		Example: "  limno simulate --to http://127.0.0.1:8080 --access-key KEY                     the last 24 hours\n" +
			"  limno simulate --to http://127.0.0.1:8080 --access-key KEY --live              and then on, until Ctrl-C\n" +
			"  limno simulate --to ./history --jobs 600 --from 2026-01-01 --until 2026-07-01  half a year as objects\n" +
			"  limno simulate --to http://127.0.0.1:8080 --live --glue 127.0.0.1:4566         with the fleet's Glue API\n" +
			"  limno simulate --to http://127.0.0.1:8080 --from -2h --speed 60 --duplicates 0.1 --ledger truth.csv",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSimulate(cmd, f) },
	}
	f.register(cmd)
	return cmd
}

func (f *simulateFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "http://host:port, the full address of a Firehose endpoint, or a directory (required)")
	flags.StringVar(&f.accessKey, "access-key", "", "access key of the endpoint (default: LIMNO_FIREHOSE_ACCESS_KEY)")
	flags.IntVar(&f.jobs, "jobs", 60, "number of jobs, three for each dataset")
	flags.IntVar(&f.accounts, "accounts", 3, "number of accounts")
	flags.Uint64Var(&f.seed, "seed", 42, "seed that everything follows from")
	flags.StringVar(&f.from, "from", "-24h", "start of the datapoints: 2026-11-24, 2026-11-24T06:00:00Z, -24h, -7d or now")
	flags.StringVar(&f.until, "until", "now", "end of the datapoints, in the same forms")
	flags.BoolVar(&f.live, "live", false, "go on live after the history, until interrupted")
	flags.StringVar(&f.speed, "speed", "max", "max, or how many times faster than real time to replay from --from")
	flags.BoolVar(&f.newFirst, "newest-first", false, "deliver the newest hour of the history first")
	flags.Float64Var(&f.duplicates, "duplicates", 0, "share of requests that are sent twice (0 to 1)")
	flags.Float64Var(&f.delays, "delays", 0, "share of minutes that arrive up to 20 minutes late, in replays and directories (0 to 1)")
	flags.BoolVar(&f.gzip, "gzip", false, "compress the requests")
	flags.StringVar(&f.ledger, "ledger", "", "file for the truth about what was delivered, as CSV")
	flags.StringVar(&f.checkpoint, "checkpoint", "", "file that remembers what was acknowledged, so that a second start goes on")
	flags.StringVar(&f.glue, "glue", "", "address to serve the fleet's Glue API on, such as 127.0.0.1:4566, for any AWS client; with --live")
	flags.StringVar(&f.events, "events", "", "server whose collector gets the events of runs, such as http://127.0.0.1:8080; with --glue")
	flags.StringVar(&f.token, "token", "", "admin or collector token of that server (default: LIMNO_TOKEN)")
	f.registerFaults(cmd)
	cmd.MarkFlagDirname("to") //nolint:errcheck // the flag exists
}

// registerFaults adds what can go wrong with the Glue API and its events.
func (f *simulateFlags) registerFaults(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Float64Var(&f.glueFaults.Throttled, "glue-throttled", 0, "share of calls to the Glue API that are throttled (0 to 1)")
	flags.Float64Var(&f.glueFaults.Failed, "glue-failed", 0, "share of them that fail with status 500")
	flags.Float64Var(&f.glueFaults.Cut, "glue-cut", 0, "share of them whose connection ends without an answer")
	flags.DurationVar(&f.glueFaults.SlowPages, "glue-slow-pages", 0, "how long each page of jobs or runs takes, such as 2s")
	flags.Float64Var(&f.eventFaults.Lost, "events-lost", 0, "share of events that never arrive (0 to 1)")
	flags.Float64Var(&f.eventFaults.Late, "events-late", 0, "share of events that arrive up to two hours late")
	flags.Float64Var(&f.eventFaults.Duplicated, "events-duplicated", 0, "share of events that arrive twice")
	flags.Float64Var(&f.eventFaults.Reordered, "events-reordered", 0, "share of events that others overtake")
	flags.StringVar(&f.runLedger, "run-ledger", "", "file for the truth about the runs that started in the interval, as CSV")
}

func runSimulate(cmd *cobra.Command, f simulateFlags) error {
	cfg, err := f.player(cmd, time.Now())
	if err != nil {
		return usageError{err}
	}
	fleet, err := simulator.NewFleet(simulator.Config{Seed: f.seed, Jobs: f.jobs, Accounts: f.accounts})
	if err != nil {
		return usageError{err}
	}
	if f.ledger != "" {
		cfg.Ledger = func(delivered []limnograph.TimeRange) error { return fleet.WriteLedgerFile(f.ledger, delivered) }
	}
	if f.checkpoint != "" {
		cfg.Checkpoint = simulator.NewFileCheckpoint(f.checkpoint)
	}
	if f.accessKey == "" {
		f.accessKey = os.Getenv("LIMNO_FIREHOSE_ACCESS_KEY")
	}
	if f.runLedger != "" {
		if err := writeRunLedger(fleet, f.runLedger, cfg.From, cfg.Until); err != nil {
			return err
		}
	}
	if f.glue != "" {
		stop, err := f.serveGlue(cmd, fleet, cfg.From)
		if err != nil {
			return err
		}
		defer stop()
	}
	if endpoint, ok := endpointOf(f.to, fleet.Stream()); ok {
		return simulateToURL(cmd, f, fleet, endpoint, cfg)
	}
	return simulateToDirectory(cmd, f, fleet, cfg)
}

// player turns flags into the player's configuration.
func (f *simulateFlags) player(cmd *cobra.Command, now time.Time) (simulator.PlayerConfig, error) {
	cfg := simulator.PlayerConfig{
		Live: f.live, Faults: simulator.Faults{Duplicates: f.duplicates, Delays: f.delays},
	}
	if f.newFirst {
		cfg.Order = simulator.NewestFirst
	}
	if f.to == "" {
		return cfg, errors.New("--to is missing: give the address of an endpoint, such as http://127.0.0.1:8080, or a directory")
	}
	if _, _, err := net.SplitHostPort(f.to); err == nil || strings.Contains(f.to, "://") && !strings.HasPrefix(f.to, "http") {
		return cfg, fmt.Errorf("--to %s is no directory: an address begins with http:// or https://", f.to)
	}
	if f.runLedger != "" && f.live {
		return cfg, errors.New("--run-ledger needs an end: leave out --live")
	}
	if f.glue != "" && !f.live {
		return cfg, errors.New("--glue needs --live: the API answers as long as the stream goes on")
	}
	if f.events != "" && f.glue == "" {
		return cfg, errors.New("--events needs --glue")
	}
	if f.live && cmd.Flags().Changed("until") {
		return cfg, errors.New("--live goes on without an end: leave out --until")
	}
	var err error
	if cfg.From, err = parseMoment("from", f.from, now); err != nil {
		return cfg, err
	}
	if !f.live {
		if cfg.Until, err = parseMoment("until", f.until, now); err != nil {
			return cfg, err
		}
	}
	if !f.live && !cfg.From.Before(cfg.Until) {
		return cfg, fmt.Errorf("--from %s is not before --until %s", f.from, f.until)
	}
	cfg.Speed, err = parseSpeed(f.speed)
	return cfg, err
}

// parseMoment reads RFC 3339, a UTC date, an offset from now (-24h, -7d), or now.
func parseMoment(flag, s string, now time.Time) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil {
			return now.AddDate(0, 0, n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil {
		return now.Add(d), nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s %q is no time: use 2026-11-24, 2026-11-24T06:00:00Z, -24h, -7d or now", flag, s)
}

// parseSpeed reads max (0) or a positive factor.
func parseSpeed(s string) (float64, error) {
	if s == "max" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(x > 0) || x > 1e6 {
		return 0, fmt.Errorf("--speed %q: use max or a factor such as 60, up to 1000000", s)
	}
	return x, nil
}

// endpointOf tells a URL from a directory; an address without a path gets the path of the stream's endpoint.
func endpointOf(to, stream string) (string, bool) {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/firehose/v1/" + stream
	}
	return u.String(), true
}
