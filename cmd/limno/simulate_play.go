package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"limnograph/simulator"
)

func simulateToURL(
	cmd *cobra.Command, f simulateFlags, fleet *simulator.Fleet, endpoint string, cfg simulator.PlayerConfig,
) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 4, Proxy: http.ProxyFromEnvironment}
	defer transport.CloseIdleConnections()
	target := simulator.NewHTTPTarget(endpoint, f.accessKey, &http.Client{Transport: transport})
	target.Gzip, target.FailFast = f.gzip, true
	trouble := &retryNote{}
	target.OnRetry = trouble.note
	return play(cmd, fleet, target, cfg, trouble)
}

func simulateToDirectory(cmd *cobra.Command, f simulateFlags, fleet *simulator.Fleet, cfg simulator.PlayerConfig) (err error) {
	if f.live || f.speed != "max" || f.checkpoint != "" || f.newFirst {
		return usageError{errors.New("a directory takes a whole interval at once: leave out --live, --speed, --newest-first and --checkpoint")}
	}
	cfg.Order = simulator.ByArrival
	target := simulator.NewDirTarget(f.to, fleet)
	defer func() { err = errors.Join(err, target.Close()) }()
	return play(cmd, fleet, target, cfg, &retryNote{})
}

// play runs a player, shows its progress, and says how it ended.
func play(
	cmd *cobra.Command, fleet *simulator.Fleet, target simulator.Target, cfg simulator.PlayerConfig, trouble *retryNote,
) error {
	player, err := simulator.NewPlayer(fleet, target, cfg)
	if err != nil {
		return usageError{err}
	}
	line := newProgressLine(cmd.ErrOrStderr(), time.Now)
	if err := showWhile(cmd.Context(), line, player, trouble); err != nil {
		return err
	}
	points := int64(0)
	for _, row := range fleet.Ledger(player.Delivered()) {
		points += row.Datapoints + row.DatapointsTotal
	}
	line.end(fmt.Sprintf("delivered %d datapoints of %d jobs", points, len(fleet.Jobs())))
	return nil
}

// showWhile runs the player and draws its progress several times a second.
func showWhile(ctx context.Context, line *progressLine, player *simulator.Player, trouble *retryNote) error {
	ended := make(chan error, 1)
	go func() { ended <- player.Run(ctx) }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			p := player.Progress()
			line.show(p.Done, p.Label+": "+p.Detail+trouble.now())
		}
	}
}

// retryNote keeps the last failed attempt for the progress line. It is safe for concurrent use.
type retryNote struct {
	mu    sync.Mutex
	text  string
	until time.Time
}

func (n *retryNote) note(err error, wait time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text = fmt.Sprintf("; trying again: %v", err)
	n.until = time.Now().Add(wait + time.Second)
}

func (n *retryNote) now() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Now().After(n.until) {
		return ""
	}
	return n.text
}
