package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/cmd/limno/internal/config"
	"limnograph/simulator"
	"limnograph/web"
)

// demoHistory is what the demo delivers before it goes live: the day that the page shows and two hours more, so that a
// daily job that comes later today than yesterday is not missing between its two runs.
const demoHistory = 26 * time.Hour

// demoCallsPerSecond lets the demo read its history at once; the simulated API does not mind.
const demoCallsPerSecond = 50

// demoEarlier is how much longer than its datapoints the runs of the demo are known: one that began before the first
// datapoint has a state too.
const demoEarlier = 6 * time.Hour

// demoFlags are the flags that demo has beside those of serve.
type demoFlags struct {
	seed   uint64
	ledger string
}

func newDemoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a server with a simulated fleet, in your browser within a minute",
		Long: "Runs a server on a data directory of its own and a simulated fleet of 60 Glue jobs in 3 accounts, which delivers the last\n" +
			"day (newest first) and then goes on live, through the real delivery protocol. A second start continues.",
		Example: "  limno demo\n  limno demo --listen 127.0.0.1:9000 --data /tmp/limno-demo --seed 7",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().Uint64Var(&f.seed, "seed", 42, "seed of the fleet; the same seed gives the same fleet and runs")
	cmd.Flags().StringVar(&f.ledger, "ledger", "", "file for the truth about what was delivered (CSV)")
	presets := map[string]string{"landing.seal_after": "5s", "lake.commit_every": "1s", "log.level": "warn"}
	set := addSettings(cmd, "limno-demo", presets, sharedSettings()...)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := set.load(cmd)
		if err != nil {
			return err
		}
		return runDemo(cmd, cfg, func() (config.Config, error) { return set.load(cmd) }, f)
	}
	return cmd
}

func runDemo(cmd *cobra.Command, cfg config.Config, reload func() (config.Config, error), f demoFlags) error {
	if err := needsDirectory(cfg, "limno demo", "unset storage"); err != nil {
		return err
	}
	fleet, err := simulator.NewFleet(simulator.Config{Seed: f.seed})
	if err != nil {
		return err
	}
	d := &demo{out: cmd.ErrOrStderr()}
	events := newLateSender()
	glue, err := listenGlue(fleet, glueOptions{
		address: "127.0.0.1:0", from: time.Now().Add(-demoHistory - demoEarlier),
		send: events.send,
	})
	if err != nil {
		return err
	}
	settings := glue.settings()
	cfg.Collector.CallsPerSecond = demoCallsPerSecond
	opts := serverOptions{command: "limno demo", reload: reload, progress: d.progress, glue: &settings}
	serving, stop := context.WithCancel(cmd.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- glue.run(serving) }() // before the server, which asks it for its roles
	s, err := newServer(cmd.Context(), cfg, newLogger(cmd.ErrOrStderr(), cfg.Log), opts)
	if err != nil {
		stop()
		return errors.Join(err, <-ended)
	}
	events.to(eventSender(&http.Client{Transport: localClient().Transport, Timeout: time.Minute}, s.url(), s.token))
	if d.player, err = newDemoPlayer(fleet, s, f.ledger); err != nil {
		return errors.Join(err, s.close())
	}
	d.waiting = s.waiting
	fmt.Fprintf(cmd.OutOrStdout(), "limno demo: open %s/?token=%s\n", s.url(), s.token)
	fmt.Fprintf(d.out, "60 simulated jobs deliver their last day, newest first, then go on live; data in %s; Ctrl-C ends\n", cfg.Data)
	fmt.Fprintf(d.out, "the simulated Glue API answers at %s\n", glue.url())
	err = s.run(cmd.Context(), d.player.Run, d.watch)
	stop()
	err = errors.Join(err, <-ended)
	fmt.Fprintln(d.out, "stopped; the next start continues here")
	return err
}

// newDemoPlayer delivers to the server's own endpoint over loopback, with its access key.
func newDemoPlayer(fleet *simulator.Fleet, s *server, ledger string) (*simulator.Player, error) {
	client := &http.Client{Transport: localClient().Transport, Timeout: 3 * time.Minute}
	target := simulator.NewHTTPTarget(s.url()+"/firehose/v1/"+fleet.Stream(), s.keyring.keys()[0].Keys[0], client)
	pc := simulator.PlayerConfig{
		From: time.Now().Add(-demoHistory), Live: true, Order: simulator.NewestFirst,
		Checkpoint: simulator.NewFileCheckpoint(filepath.Join(s.cfg.Data, "demo-state.json")),
	}
	if ledger != "" {
		pc.Ledger = func(delivered []limnograph.TimeRange) error { return fleet.WriteLedgerFile(ledger, delivered) }
	}
	return simulator.NewPlayer(fleet, target, pc)
}

// demo shows the player's progress on the page and at the terminal.
type demo struct {
	player  *simulator.Player
	waiting func() int64 // lines that are not in their tables yet
	visible atomic.Bool  // all of the history is
	out     io.Writer
}

// progress is what the page shows: nil once the history is complete and in its tables.
func (d *demo) progress() *web.Progress {
	if d.player == nil || d.visible.Load() {
		return nil
	}
	p := d.player.Progress()
	if p.Label == "live" {
		waiting := d.waiting()
		d.visible.Store(waiting == 0)
		p.Done, p.Detail = 1, fmt.Sprintf("%d datapoints on their way into their tables", waiting)
	}
	return &web.Progress{Label: p.Label, Done: p.Done, Detail: p.Detail}
}

// watch draws the history's progress until it is complete.
func (d *demo) watch(ctx context.Context) error {
	line := newProgressLine(d.out, time.Now)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return every(ctx, 500*time.Millisecond, func() {
		p := d.player.Progress()
		if p.Label == "live" {
			line.end("history is complete; live now")
			stop()
			return
		}
		line.show(p.Done, p.Label+": "+p.Detail)
	})
}
