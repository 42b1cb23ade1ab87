package main

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"limnograph"
	"limnograph/aws/cloudwatch"
	"limnograph/aws/config"
	"limnograph/aws/gluejob"
	"limnograph/aws/s3"
	"limnograph/collector"
	"limnograph/landing"
)

// newCollecting connects the collector with the services. It makes no call to them.
func newCollecting(ctx context.Context, s settings, log *slog.Logger, stdout io.Writer) (*collecting, error) {
	clients, err := config.Load(ctx, config.Config{Version: version})
	if err != nil {
		return nil, err
	}
	t := &tally{}
	targets, err := targetsOf(clients, s.collect, t)
	if err != nil {
		return nil, err
	}
	return assemble(s, targets, s3.New(clients.For("s3"), s.landing, s3.Config{}), t, log, stdout)
}

// assemble builds the function over any store and targets.
func assemble(s settings, targets []collector.Target, store limnograph.ObjectStore, t *tally, log *slog.Logger, stdout io.Writer) (*collecting, error) {
	state := &stateObject{store: store}
	land := t.lander(landing.NewDirect(store, landing.DirectConfig{}).Append)
	cfg := collector.Config{
		Sender: s.collect.account, CallsPerHour: s.collect.calls, Publish: s.collect.publish, Names: s.collect.names(),
		NoTags: s.collect.noTags, LandMetrics: true, Window: s.collect.window, Logger: log,
	}
	runs, err := collector.New(targets, land, cfg)
	c := &collecting{
		runs: runs, state: state, places: make(map[string]bool), tally: t, log: log, now: time.Now,
		metrics: metrics{to: stdout, mode: s.mode.name},
	}
	for _, each := range targets {
		c.places[each.AccountID+"/"+each.Region] = true
	}
	c.search = func(patience time.Duration) (*collector.Collector, error) {
		cfg := cfg
		cfg.Checkpoint, cfg.Patience = state, patience
		cfg.CallsPerHour, cfg.BackfillPerHour = s.collect.share(cfg.CallsPerHour), s.collect.share(backfillPerHour)
		return collector.New(targets, land, cfg)
	}
	return c, err
}

// backfillPerHour is how many calls an hour reading history may take.
const backfillPerHour = 1800

// targetsOf lists the accounts and Regions: the function's own account, and that of each role.
func targetsOf(clients config.Clients, s collectSettings, t *tally) (list []collector.Target, err error) {
	regions := s.regions
	if len(regions) == 0 {
		regions = []string{clients.Region()}
	}
	for _, role := range append([]string{""}, s.roles...) {
		for _, region := range regions {
			at := config.Target{Region: region, RoleARN: role}
			account := s.account
			if role != "" {
				at.ExternalID, account = s.externalID, at.Account()
			}
			there, err := clients.Of(at)
			if err != nil {
				return nil, err
			}
			list = append(list, s.target(account, region, there, t))
		}
	}
	return list, nil
}

func (s collectSettings) target(account, region string, there config.Clients, t *tally) collector.Target {
	requests := &atomic.Int64{}
	reader := gluejob.New(there.For("glue"), gluejob.Config{
		AccountID: account, Region: region, Arguments: s.arguments,
		Calls: func(string) {
			requests.Add(1)
			t.calls.Add(1)
		},
	})
	target := collector.Target{AccountID: account, Region: region, Glue: reader, Requests: requests.Load}
	if len(s.publish) > 0 {
		writer := cloudwatch.New(there.For("cloudwatch"), cloudwatch.Config{Protocol: s.protocol})
		target.Metrics = counted{writer, t}
	}
	return target
}
