package simulator

import (
	"fmt"

	"limnograph"
)

// Limits of a fleet.
const (
	maxJobs     = 60_000
	maxAccounts = 1_000
)

// Config describes a fleet. The zero value is the demonstration fleet.
type Config struct {
	Seed     uint64 // 0: 42
	Jobs     int    // 0: 60; three jobs a dataset, the list is cut after this many
	Accounts int    // 0: 3
	// Silent is how many jobs more there are that never emit a metric (Silence tells why); 0: 8, negative: none. They are
	// no part of Jobs, and change nothing in the stream.
	Silent int
}

// Fleet is the immutable model of a fleet. It is safe for concurrent use.
type Fleet struct {
	config   Config
	key      uint64
	hub      string
	accounts []string
	datasets []dataset
	jobs     []Job
	eligible []int // hourly datasets that take the incidents of which each half-day has one
	layout   *layout
	silent   []silentJob
	byName   map[limnograph.JobKey]*Job
}

// NewFleet builds a fleet. Errors: CodeInvalid.
func NewFleet(cfg Config) (*Fleet, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	f := &Fleet{config: cfg, key: fold(cfg.Seed, keyFleet), layout: newLayout()}
	f.hub = accountID(fold(f.key, keyHub))
	for i := range cfg.Accounts {
		f.accounts = append(f.accounts, accountID(fold(fold(f.key, keyAccount), uint64(i))))
	}
	f.build()
	return f, nil
}

// Keys below the seed, one for each thing that is drawn.
const (
	keyFleet = iota
	keyHub
	keyAccount
	keyDataset
	keySlot
	keyBlock
	keyArrival
	keyShuffle
	keyRequest
	keyDuplicate
	keyObject
	keySilent
	keyTemporary
	keyEvent
)

func (c Config) withDefaults() Config {
	if c.Seed == 0 {
		c.Seed = 42
	}
	if c.Jobs == 0 {
		c.Jobs = 60
	}
	if c.Accounts == 0 {
		c.Accounts = 3
	}
	if c.Silent == 0 {
		c.Silent = silentKinds
	}
	return c
}

func (c Config) check() error {
	bad := func(what string, got, most int) error {
		return &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "build fleet",
			Message: fmt.Sprintf("%s must be from 1 to %d, not %d", what, most, got),
		}
	}
	if c.Jobs < 1 || c.Jobs > maxJobs {
		return bad("jobs", c.Jobs, maxJobs)
	}
	if c.Accounts < 1 || c.Accounts > maxAccounts {
		return bad("accounts", c.Accounts, maxAccounts)
	}
	if c.Silent > maxJobs {
		return bad("silent jobs", c.Silent, maxJobs)
	}
	return nil
}

func (f *Fleet) build() {
	f.jobs = make([]Job, f.config.Jobs)
	for first := 0; first < f.config.Jobs; first += layers {
		f.addDataset(first / layers)
	}
	f.chooseEligible()
	f.byName = make(map[limnograph.JobKey]*Job, len(f.jobs))
	for i := range f.jobs {
		f.byName[f.jobs[i].truthKey()] = &f.jobs[i]
	}
	for i := range f.config.Silent {
		f.silent = append(f.silent, f.newSilentJob(i))
	}
}

func (f *Fleet) addDataset(i int) {
	account := i % f.config.Accounts
	d := newDataset(i, fold(fold(f.key, keyDataset), uint64(i)))
	d.jobs = min(layers, f.config.Jobs-i*layers)
	for l := range d.jobs {
		f.jobs[i*layers+l] = newJob(i*layers+l, &d, Layer(l), f.accounts[account], regionOf(account))
	}
	f.datasets = append(f.datasets, d)
}

// chooseEligible prefers complete hourly pipelines with observability metrics; the first dataset is hourly always.
func (f *Fleet) chooseEligible() {
	for i := range f.datasets {
		d := &f.datasets[i]
		if d.hourly() && d.observed() && d.jobs == layers {
			f.eligible = append(f.eligible, i)
		}
	}
	if len(f.eligible) == 0 {
		f.eligible = []int{0}
	}
}

// Stream is the name of the metric stream and of the delivery stream.
func (f *Fleet) Stream() string { return "limno-demo" }

// HubAccount is the monitoring account whose metric stream carries all accounts.
func (f *Fleet) HubAccount() string { return f.hub }

// SourceARN is the delivery stream, as Firehose names itself.
func (f *Fleet) SourceARN() string {
	return "arn:aws:firehose:" + regionOf(0) + ":" + f.hub + ":deliverystream/" + f.Stream()
}

// Accounts lists the source accounts.
func (f *Fleet) Accounts() []string { return append([]string(nil), f.accounts...) }

// Jobs lists the jobs: dataset by dataset, layer by layer.
func (f *Fleet) Jobs() []Job { return append([]Job(nil), f.jobs...) }

// Fingerprint names everything that decides the content: two fleets with the same one generate the same lines.
func (f *Fleet) Fingerprint() string {
	return fmt.Sprintf("v1 seed=%d jobs=%d accounts=%d", f.config.Seed, f.config.Jobs, f.config.Accounts)
}
