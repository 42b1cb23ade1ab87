package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"limnograph"
	"limnograph/access"
	awsconfig "limnograph/aws/config"
	"limnograph/aws/sqs"
	"limnograph/cmd/limno/internal/config"
	"limnograph/collector"
)

// collecting is the collector of a server: who is asked, and what goes on in the background.
type collecting struct {
	*collector.Collector
	works []func(context.Context) error
}

// glueSettings say which Glue APIs are asked, and how AWS is reached.
type glueSettings struct {
	aws       awsconfig.Config
	accounts  []config.GlueAccount
	arguments []string
	publish   bool // custom metrics go to CloudWatch
}

func glueSettingsOf(cfg config.Config) glueSettings {
	c := cfg.Collector
	return glueSettings{
		aws: awsSettings(cfg), accounts: c.Accounts, arguments: c.Arguments, publish: c.PublishTo == config.PublishToCloudWatch,
	}
}

// openCollector makes the collector of a data directory. Without targets it asks nobody, and still takes what events and
// orchestrators tell.
func (c *core) openCollector(ctx context.Context, glue glueSettings, targets []collector.Target, query asker) (_ *collecting, err error) {
	k := &collecting{}
	cc, err := c.collectorConfig(query)
	if err != nil {
		return nil, err
	}
	if k.Collector, err = collector.New(targets, c.lander.Append, cc); err != nil {
		return nil, err
	}
	k.works = append(k.works, k.Run)
	if c.cfg.Collector.Events == "" {
		return k, nil
	}
	clients, err := awsconfig.Load(ctx, glue.aws)
	if err != nil {
		return nil, err
	}
	queue := sqs.New(clients.For("sqs"), c.cfg.Collector.Events, sqs.Config{})
	k.works = append(k.works, func(ctx context.Context) error { return k.Consume(ctx, queue) })
	return k, nil
}

func (c *core) collectorConfig(query asker) (cc collector.Config, err error) {
	s := c.cfg.Collector
	cc = collector.Config{
		Checkpoint: checkpointFile{filepath.Join(c.cfg.Data, "collector-state.json")},
		SweepEvery: s.SweepEvery.Std(), InventoryEvery: s.InventoryEvery.Std(),
		CallsPerSecond: float64(s.CallsPerSecond), CallsPerHour: s.CallsPerHour,
		NoBackfill: s.Backfill == "off", NoTags: s.Tags == "off",
		LandMetrics: true, Logger: c.log, Registerer: c.registry,
	}
	if query.engine != nil {
		cc.Open, cc.Facts = query.openRuns, query.facts
	}
	cc.Names = metricNames(s.MetricNames)
	cc.Publish, err = collector.ParseKinds(s.Publish)
	return cc, err
}

// metricNames reads the other names of metrics, kind=name each.
func metricNames(rules []string) map[collector.Kind]string {
	names := make(map[collector.Kind]string)
	for _, rule := range rules {
		kind, name, _ := strings.Cut(rule, "=")
		names[collector.Kind(kind)] = name
	}
	return names
}

func pricesOf(s config.Collector) (p dpuPrices, err error) {
	p.standard, err = strconv.ParseFloat(s.DPUHourPrice, 64)
	if err == nil {
		p.flex, err = strconv.ParseFloat(s.FlexPrice, 64)
	}
	return p, err
}

// awsSettings are what the configuration says about AWS.
func awsSettings(cfg config.Config) awsconfig.Config {
	a := cfg.AWS
	return awsconfig.Config{
		Region: a.Region, Profile: a.Profile, Endpoint: a.Endpoint, Endpoints: a.Endpoints.ByService(),
		RoleARN: a.RoleARN, ExternalID: a.ExternalID, Version: version,
	}
}

// collected is what a call of the collector is answered.
type collected struct {
	AccountID string `json:"account_id"`
	Region    string `json:"region"`
	JobName   string `json:"job_name"`
	RunID     string `json:"run_id"`
	State     string `json:"state"`
	Asked     bool   `json:"asked"`  // Glue has answered about it, now
	Landed    int    `json:"landed"` // records that are new
	Note      string `json:"note,omitempty"`
}

// collect answers a direct call or an event.
func (k *collecting) collect(ctx context.Context, body []byte) (any, error) {
	o, err := k.Handle(ctx, body)
	if err != nil {
		return nil, err
	}
	r := o.Run
	return collected{
		AccountID: r.AccountID, Region: r.Region, JobName: r.JobName, RunID: r.RunID, State: string(r.State),
		Asked: o.Asked, Landed: o.Landed, Note: o.Note,
	}, nil
}

// audited is collect as the API does it: each call leaves a line in audit.
func (k *collecting) audited(guard *access.Guard) func(ctx context.Context, p limnograph.Principal, body []byte) (any, error) {
	return func(ctx context.Context, p limnograph.Principal, body []byte) (answer any, err error) {
		err = guard.Collect(ctx, p, func(ctx context.Context) error {
			answer, err = k.collect(ctx, body)
			return err
		})
		return answer, err
	}
}

func (k *collecting) status() any { return k.Status() }

// checkpointFile keeps the collector's state in a file that is replaced as a whole.
type checkpointFile struct{ path string }

var _ collector.Checkpoint = checkpointFile{}

// Load returns what was saved last; nil when nothing was.
func (c checkpointFile) Load(context.Context) ([]byte, error) {
	text, err := os.ReadFile(c.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Save replaces it. What a power cut takes is found out from Glue again.
func (c checkpointFile) Save(_ context.Context, state []byte) error {
	temp := c.path + ".new"
	if err := os.WriteFile(temp, state, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, c.path)
}
