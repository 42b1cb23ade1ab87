package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	awsconfig "limnograph/aws/config"
	"limnograph/cmd/limno/internal/config"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// simulatedGlue is the Glue API of a simulated fleet on a listener of this machine, and the events of its runs.
type simulatedGlue struct {
	fleet    *simulator.Fleet
	api      *glueapi.Server
	pump     *simulator.EventPump
	listener net.Listener
	own      chan []byte // events of runs that clients started
	send     func(ctx context.Context, body []byte) error
}

// glueOptions say what a simulated Glue API knows, and what goes wrong with it.
type glueOptions struct {
	address string
	from    time.Time // runs that started before are unknown
	faults  glueapi.Faults
	events  simulator.EventFaults
	send    func(ctx context.Context, body []byte) error // takes the events
}

// waitingEvents bounds the events of own runs that wait to be sent; EventBridge drops what nobody takes, too.
const waitingEvents = 1000

// simulatedRole is the role that leads into an account of the fleet, and the external id that it wants.
const (
	simulatedRole       = "limno-reader"
	simulatedExternalID = "limno"
)

// listenGlue makes the API of a fleet.
func listenGlue(fleet *simulator.Fleet, opt glueOptions) (g *simulatedGlue, err error) {
	g = &simulatedGlue{fleet: fleet, own: make(chan []byte, waitingEvents), send: opt.send}
	cfg := glueapi.Config{From: opt.from, Faults: opt.faults, RoleName: simulatedRole, ExternalID: simulatedExternalID, OnEvent: g.keep}
	if g.api, err = glueapi.New(fleet, cfg); err != nil {
		return nil, err
	}
	if g.pump, err = simulator.NewEventPump(fleet, opt.send, simulator.EventPumpConfig{Faults: opt.events}); err != nil {
		return nil, err
	}
	if g.listener, err = net.Listen("tcp", opt.address); err != nil {
		return nil, fmt.Errorf("listen for the simulated Glue API: %w (choose another address)", err)
	}
	return g, nil
}

func (g *simulatedGlue) url() string { return "http://" + g.listener.Addr().String() }

// keep puts an event aside until it is sent: whoever noticed the end of a run does not wait for it.
func (g *simulatedGlue) keep(body []byte) {
	select {
	case g.own <- body:
	default: // as EventBridge: best effort
	}
}

// sendOwn sends the events of runs that clients started.
func (g *simulatedGlue) sendOwn(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case body := <-g.own:
			_ = g.send(ctx, body) //nolint:errcheck // as EventBridge: best effort
		}
	}
}

// run serves until ctx ends.
func (g *simulatedGlue) run(ctx context.Context) error {
	server := &http.Server{Handler: g.api, ReadHeaderTimeout: 10 * time.Second}
	return together(ctx, func(ctx context.Context) error { return serveListener(ctx, g.listener, server) }, g.api.Run, g.pump.Run, g.sendOwn)
}

// settings lead a collector to the API, into every account of the fleet by its role.
func (g *simulatedGlue) settings() glueSettings {
	s := glueSettings{
		aws:       awsconfig.Config{Endpoint: g.url(), AccessKey: "AKIA" + g.fleet.HubAccount(), SecretKey: "simulated", Version: version},
		arguments: []string{"--dataset"},
	}
	regions := make(map[string][]string)
	seen := make(map[[2]string]bool)
	for _, j := range g.fleet.Jobs() {
		if place := [2]string{j.AccountID, j.Region}; !seen[place] {
			seen[place] = true
			regions[j.AccountID] = append(regions[j.AccountID], j.Region)
		}
	}
	for _, account := range g.fleet.Accounts() {
		s.accounts = append(s.accounts, config.GlueAccount{
			Account: account, Regions: regions[account], RoleARN: "arn:aws:iam::" + account + ":role/" + simulatedRole, ExternalID: simulatedExternalID,
		})
		if s.aws.Region == "" {
			s.aws.Region = regions[account][0]
		}
	}
	return s
}

// eventSender posts events to the collector of a server, as an API destination of EventBridge does.
func eventSender(client *http.Client, url, token string) func(ctx context.Context, body []byte) error {
	return func(ctx context.Context, body []byte) (err error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/collect", bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
		if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode/100 != 2 {
			err = fmt.Errorf("the collector answered %s", resp.Status)
		}
		return err
	}
}

// lateSender hands events to a server that is not there yet: until then they wait.
type lateSender struct {
	ready chan struct{}
	tell  func(ctx context.Context, body []byte) error
}

func newLateSender() *lateSender { return &lateSender{ready: make(chan struct{})} }

// to says who takes the events, once.
func (l *lateSender) to(tell func(ctx context.Context, body []byte) error) {
	l.tell = tell
	close(l.ready)
}

func (l *lateSender) send(ctx context.Context, body []byte) error {
	select {
	case <-l.ready:
		return l.tell(ctx, body)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serveGlue serves the Glue API of the fleet beside the delivery, until stop is called.
func (f *simulateFlags) serveGlue(cmd *cobra.Command, fleet *simulator.Fleet, from time.Time) (stop func(), err error) {
	send := func(context.Context, []byte) error { return nil }
	if f.events != "" {
		token := f.token
		if token == "" {
			token = os.Getenv("LIMNO_TOKEN")
		}
		send = eventSender(&http.Client{Timeout: time.Minute}, strings.TrimRight(f.events, "/"), token)
	}
	g, err := listenGlue(fleet, glueOptions{address: f.glue, from: from, faults: f.glueFaults, events: f.eventFaults, send: send})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.run(ctx) }()
	fmt.Fprintf(cmd.ErrOrStderr(), "the simulated Glue API answers at %s: access key AKIA<account>, or the role %s with external id %s\n", g.url(), simulatedRole, simulatedExternalID)
	for _, a := range g.settings().accounts {
		fmt.Fprintf(cmd.ErrOrStderr(), "  account %s, %s\n", a.Account, strings.Join(a.Regions, ", "))
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "the simulated Glue API ended:", err)
		}
	}, nil
}

// writeRunLedger writes what the Glue API says in the end about the runs that started in an interval.
func writeRunLedger(fleet *simulator.Fleet, path string, from, until time.Time) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return fleet.WriteRunLedger(f, from, until)
}
