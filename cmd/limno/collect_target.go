package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"limnograph"
	"limnograph/aws/cloudwatch"
	awsconfig "limnograph/aws/config"
	"limnograph/aws/gluejob"
	"limnograph/cmd/limno/internal/config"
	"limnograph/collector"
)

// targets are the accounts and regions that are asked. Those that AWS does not tell the account or region of are left out,
// and named in the error.
func (g glueSettings) targets(ctx context.Context) (targets []collector.Target, err error) {
	ctx, cancel := context.WithTimeout(ctx, whoIsWithin)
	defer cancel()
	for _, account := range g.accounts {
		regions := account.Regions
		if len(regions) == 0 {
			regions = []string{g.aws.Region}
		}
		for _, region := range regions {
			t, failed := g.target(ctx, account, region)
			if failed != nil {
				err = errors.Join(err, fmt.Errorf("collector account %q, region %q (name both in collector.accounts, and AWS is not asked): %w", account.Account, region, failed))
				continue
			}
			targets = append(targets, t)
		}
	}
	return targets, err
}

// whoIsWithin bounds how long a start waits for AWS to tell accounts and regions.
const whoIsWithin = 15 * time.Second

// target makes one of them. Nothing is asked before the first call, unless nobody but AWS knows region or account: a role
// that can't be assumed today keeps no server from its start.
func (g glueSettings) target(ctx context.Context, account config.GlueAccount, region string) (t collector.Target, err error) {
	settings := g.aws
	if region != "" {
		settings.Region = region
	}
	if account.RoleARN != "" {
		settings.RoleARN, settings.ExternalID = account.RoleARN, account.ExternalID
	}
	t = collector.Target{AccountID: account.Account, Region: settings.Region}
	if t.AccountID == "" {
		t.AccountID = accountOfRole(account.RoleARN)
	}
	if t.AccountID == "" || t.Region == "" {
		if t.AccountID, t.Region, err = whoIs(ctx, settings, t); err != nil {
			return t, err
		}
	}
	return g.lazily(t, settings), nil
}

// accountOfRole reads the account out of arn:aws:iam::111122223333:role/name; "" when there is no role.
func accountOfRole(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}

// whoIs asks AWS for the account and region that the settings leave open.
func whoIs(ctx context.Context, settings awsconfig.Config, t collector.Target) (account, region string, err error) {
	clients, err := awsconfig.Load(ctx, settings)
	if err != nil {
		return "", "", err
	}
	if account = t.AccountID; account == "" {
		account, err = clients.AccountID(ctx)
	}
	return account, clients.Region(), err
}

// lazily completes a target with clients that are made when they are needed.
func (g glueSettings) lazily(t collector.Target, settings awsconfig.Config) collector.Target {
	var requests atomic.Int64
	t.Requests = requests.Load
	c := &lazyClients{load: func(ctx context.Context) (awsconfig.Clients, error) { return awsconfig.Load(ctx, settings) }}
	t.Glue = lazyGlue{c, gluejob.Config{
		AccountID: t.AccountID, Region: t.Region, Arguments: g.arguments, Calls: func(string) { requests.Add(1) },
	}}
	if g.publish {
		t.Metrics = lazyMetrics{c}
	}
	return t
}

// lazyClients are the clients of one account and region, made at the first call that works.
type lazyClients struct {
	load func(ctx context.Context) (awsconfig.Clients, error)

	mu     sync.Mutex
	loaded *awsconfig.Clients
}

func (l *lazyClients) get(ctx context.Context) (awsconfig.Clients, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loaded == nil {
		clients, err := l.load(ctx)
		if err != nil {
			return clients, err
		}
		l.loaded = &clients
	}
	return *l.loaded, nil
}

// lazyGlue asks Glue with such clients.
type lazyGlue struct {
	clients *lazyClients
	cfg     gluejob.Config
}

var _ limnograph.GlueReader = lazyGlue{}

func (g lazyGlue) reader(ctx context.Context) (*gluejob.Reader, error) {
	clients, err := g.clients.get(ctx)
	if err != nil {
		return nil, err
	}
	return gluejob.New(clients.For("glue"), g.cfg), nil
}

// Run implements limnograph.RunReader.
func (g lazyGlue) Run(ctx context.Context, job, run string) (limnograph.JobRun, error) {
	r, err := g.reader(ctx)
	if err != nil {
		return limnograph.JobRun{}, err
	}
	return r.Run(ctx, job, run)
}

// Runs implements limnograph.RunReader.
func (g lazyGlue) Runs(ctx context.Context, job, token string) ([]limnograph.JobRun, string, error) {
	r, err := g.reader(ctx)
	if err != nil {
		return nil, "", err
	}
	return r.Runs(ctx, job, token)
}

// Jobs implements limnograph.JobReader.
func (g lazyGlue) Jobs(ctx context.Context, token string) ([]limnograph.Job, string, error) {
	r, err := g.reader(ctx)
	if err != nil {
		return nil, "", err
	}
	return r.Jobs(ctx, token)
}

// Tags implements limnograph.JobReader.
func (g lazyGlue) Tags(ctx context.Context, job string) (map[string]string, error) {
	r, err := g.reader(ctx)
	if err != nil {
		return nil, err
	}
	return r.Tags(ctx, job)
}

// lazyMetrics publishes with such clients.
type lazyMetrics struct{ clients *lazyClients }

var _ limnograph.MetricWriter = lazyMetrics{}

// Put implements limnograph.MetricWriter.
func (m lazyMetrics) Put(ctx context.Context, points []limnograph.Datapoint) error {
	clients, err := m.clients.get(ctx)
	if err != nil {
		return err
	}
	return cloudwatch.New(clients.For("cloudwatch"), cloudwatch.Config{}).Put(ctx, points)
}
