package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"limnograph/aws/cloudwatch"
	awsconfig "limnograph/aws/config"
	"limnograph/aws/gluejob"
	"limnograph/cmd/limno/internal/config"
	"limnograph/collector"
)

// targets are the accounts and regions that are asked. Those that AWS does not tell the account of are left out, and named in
// the error. Nothing else is asked before the first call: a role that can't be assumed today keeps no server from its start.
func (g glueSettings) targets(ctx context.Context) (targets []collector.Target, err error) {
	if len(g.accounts) == 0 {
		return nil, nil
	}
	settings := g.aws
	settings.Later, settings.Region = true, cmp.Or(settings.Region, firstRegion(g.accounts))
	clients, err := awsconfig.Load(ctx, settings)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, whoIsWithin)
	defer cancel()
	for _, account := range g.accounts {
		for _, region := range account.AllRegions() {
			t, failed := g.target(ctx, clients, account, region)
			if failed != nil {
				err = errors.Join(err, fmt.Errorf("collector account %q, region %q (name both in collector.accounts, and AWS is not asked): %w", account.Account, region, failed))
				continue
			}
			targets = append(targets, t)
		}
	}
	return targets, err
}

// whoIsWithin bounds how long a start waits for AWS to tell accounts.
const whoIsWithin = 15 * time.Second

// firstRegion returns the first region that an account names: the SDK wants one.
func firstRegion(accounts []config.GlueAccount) string {
	for _, a := range accounts {
		if len(a.Regions) > 0 {
			return a.Regions[0]
		}
	}
	return ""
}

// target makes one of them.
func (g glueSettings) target(ctx context.Context, clients awsconfig.Clients, account config.GlueAccount, region string) (t collector.Target, err error) {
	at := awsconfig.Target{Region: region, RoleARN: account.RoleARN, ExternalID: account.ExternalID}
	there, err := clients.Of(at)
	if err != nil {
		return t, err
	}
	t = collector.Target{AccountID: cmp.Or(account.Account, at.Account()), Region: there.Region()}
	if t.AccountID == "" {
		if t.AccountID, err = there.AccountID(ctx); err != nil {
			return t, err
		}
	}
	var requests atomic.Int64
	t.Requests = requests.Load
	t.Glue = gluejob.New(there.For("glue"), gluejob.Config{
		AccountID: t.AccountID, Region: t.Region, Arguments: g.arguments, Calls: func(string) { requests.Add(1) },
	})
	if g.publish {
		t.Metrics = cloudwatch.New(there.For("cloudwatch"), cloudwatch.Config{})
	}
	return t, nil
}
