package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"limnograph/collector"
)

// Collector says whose jobs and runs are read from the Glue API, and what is published about them.
type Collector struct {
	Accounts       []GlueAccount `yaml:"accounts" doc:"whose jobs and runs are read: {account, regions, role_arn, external_id}; empty: nobody's"`
	Arguments      []string      `yaml:"arguments" doc:"job arguments to keep, such as --dataset; every other one is dropped as it comes"`
	Token          string        `yaml:"token" secret:"true" doc:"token that may report runs to /api/v1/collect and nothing else; default: the admin token alone may"`
	TokenFile      string        `yaml:"token_file" doc:"file that holds that token"`
	Events         string        `yaml:"events" doc:"URL of an SQS queue to which EventBridge sends the events of Glue job runs; empty: they come to /api/v1/collect, or not"`
	SweepEvery     Duration      `yaml:"sweep_every" doc:"how often the runs of each job are listed, to find what no event and no metric has told"`
	InventoryEvery Duration      `yaml:"inventory_every" doc:"how often the jobs of each account are listed"`
	CallsPerSecond int           `yaml:"calls_per_second" doc:"greatest rate of calls to the Glue API of one account and region; 0: 5"`
	CallsPerHour   int           `yaml:"calls_per_hour" doc:"budget of such calls; 0: as many as the jobs and runs need, which is printed"`
	Backfill       string        `yaml:"backfill" doc:"on or off: whether all runs that Glue still knows are read at first"`
	Tags           string        `yaml:"tags" doc:"on or off: whether the tags of jobs are read, one call for each job and day"`
	Publish        []string      `yaml:"publish" doc:"custom metrics to publish about each finished run: status, duration, dpu_seconds, queue_time, records, cost; none: nothing"`
	MetricNames    []string      `yaml:"metric_names" doc:"other names for them, such as status=etl.run.status"`
	PublishTo      string        `yaml:"publish_to" doc:"cloudwatch, or lake: into the tables of this server alone"`
	DPUHourPrice   string        `yaml:"dpu_hour_price" doc:"price of a DPU-hour for the metric cost, such as 0.44"`
	FlexPrice      string        `yaml:"flex_dpu_hour_price" doc:"the same for FLEX runs"`
}

// GlueAccount is an account whose Glue API is asked.
type GlueAccount struct {
	Account    string   `yaml:"account" doc:"account id; default: the account of the credentials"`
	Regions    []string `yaml:"regions" doc:"its regions; default: aws.region"`
	RoleARN    string   `yaml:"role_arn" doc:"role to assume there; default: none"`
	ExternalID string   `yaml:"external_id" doc:"external id that the role's trust policy asks for"`
}

// AllRegions returns the regions, or one without a name, which stands for the region of the settings.
func (a GlueAccount) AllRegions() []string {
	if len(a.Regions) == 0 {
		return []string{""}
	}
	return a.Regions
}

// The places that custom metrics are published to.
const (
	PublishToCloudWatch = "cloudwatch"
	PublishToLake       = "lake"
)

func defaultCollector() Collector {
	return Collector{
		SweepEvery: Duration(65 * time.Minute), InventoryEvery: Duration(time.Hour), Backfill: "on", Tags: "on",
		Publish: []string{"status", "duration"}, PublishTo: PublishToCloudWatch, DPUHourPrice: "0.44", FlexPrice: "0.29",
	}
}

func checkCollector(cfg *Config, bad func(path, message, remedy string)) {
	c := &cfg.Collector
	checkAccounts(c, bad)
	if cfg.InBucket() && len(c.Accounts)+len(c.Events) > 0 {
		bad("collector", "a server over a bucket collects no runs", "the function of the stack does; or leave storage out")
	}
	if _, err := collector.ParseKinds(c.Publish); err != nil {
		bad("collector.publish", err.Error(), "")
	}
	for _, rule := range c.MetricNames {
		kind, name, ok := strings.Cut(rule, "=")
		if !ok || name == "" || !slices.Contains(collector.Kinds(), collector.Kind(kind)) {
			bad("collector.metric_names", fmt.Sprintf("%q gives no metric of runs a name", rule), "write status=etl.run.status, with one of status, duration, dpu_seconds, queue_time, records_read, records_written, cost")
		}
	}
	for path, value := range map[string]string{"collector.backfill": c.Backfill, "collector.tags": c.Tags} {
		if value != "on" && value != "off" {
			bad(path, fmt.Sprintf("%q is neither on nor off", value), "write on or off")
		}
	}
	if c.Events != "" && !strings.HasPrefix(c.Events, "http://") && !strings.HasPrefix(c.Events, "https://") {
		bad("collector.events", fmt.Sprintf("%q is no URL of a queue", c.Events), "write https://sqs.eu-west-1.amazonaws.com/111122223333/glue-events")
	}
	if c.PublishTo != PublishToCloudWatch && c.PublishTo != PublishToLake {
		bad("collector.publish_to", fmt.Sprintf("%q is no place", c.PublishTo), "use cloudwatch or lake")
	}
	price := regexp.MustCompile(`^\d{1,6}(\.\d{1,6})?$`)
	for path, value := range map[string]string{"collector.dpu_hour_price": c.DPUHourPrice, "collector.flex_dpu_hour_price": c.FlexPrice} {
		if !price.MatchString(value) {
			bad(path, fmt.Sprintf("%q is no price", value), "write it as 0.44")
		}
	}
	for path, every := range map[string]Duration{"collector.sweep_every": c.SweepEvery, "collector.inventory_every": c.InventoryEvery} {
		if every.Std() < time.Minute {
			bad(path, "is below 1m", "use 1m or more; 1h is usual")
		}
	}
}

func checkAccounts(c *Collector, bad func(path, message, remedy string)) {
	place := regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-\d+$`)
	account, role := regexp.MustCompile(`^\d{12}$`), regexp.MustCompile(`^arn:[\w-]+:iam::\d{12}:role/.+$`)
	seen := make(map[string]bool)
	for i, a := range c.Accounts {
		path := fmt.Sprintf("collector.accounts[%d]", i)
		switch {
		case a.Account != "" && !account.MatchString(a.Account):
			bad(path, fmt.Sprintf("account %q is no account id", a.Account), "write the 12 digits, in quotes")
		case a.RoleARN != "" && !role.MatchString(a.RoleARN):
			bad(path, fmt.Sprintf("role_arn %q is no role", a.RoleARN), "write arn:aws:iam::ACCOUNT:role/NAME")
		case a.RoleARN == "" && a.ExternalID != "":
			bad(path, "has an external id and no role", "set role_arn too")
		}
		for _, region := range a.AllRegions() {
			if region != "" && !place.MatchString(region) {
				bad(path, fmt.Sprintf("%q is no region", region), "write one such as eu-west-1")
			}
			if key := a.Account + " " + region; seen[key] {
				bad(path, strings.TrimSpace("account "+a.Account+" is named twice with the same region "+region), "name each region of an account once")
			} else {
				seen[key] = true
			}
		}
	}
}
