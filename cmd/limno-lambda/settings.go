package main

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"limnograph"
	"limnograph/aws/s3"
	"limnograph/objectkey"
)

// The environment of the function.
const (
	envMode     = "LIMNO_LAMBDA_MODE"
	envDatabase = "LIMNO_DATABASE"
	envSchemas  = "LIMNO_SCHEMAS"
	envLanding  = "LIMNO_LANDING"
	envLogLevel = "LIMNO_LOG_LEVEL"        // optional: debug, info, warn, error
	envWindow   = "LIMNO_RECONCILE_WINDOW" // optional: how far back reconcile looks, such as 48h
	envCalls    = "LIMNO_RECONCILE_CALLS"  // optional: list calls that one reconcile may make
)

// settings are what the environment says.
type settings struct {
	mode     mode
	database string
	schemas  s3.Location // where <table>.yaml stand
	landing  s3.Location // root of the store: landing/metrics/ is below it
	level    slog.Level
	window   time.Duration // 0: the default
	calls    int           // 0: the default
	collect  collectSettings
}

// readSettings reads the environment. Errors: CodeInvalid, joined, one for each mistake.
func readSettings(getenv func(string) string) (settings, error) {
	r := reader{getenv: getenv}
	s := settings{
		mode: r.mode(), level: r.level(),
		landing: rootOf(r.location(envLanding, "where the objects land, such as s3://bucket/prefix")),
	}
	if s.mode.name == collectMode {
		s.collect = r.collect()
	} else {
		r.catalog(&s)
	}
	return s, errors.Join(r.errs...)
}

// catalog reads what the modes that write the catalogue need.
func (r *reader) catalog(s *settings) {
	s.database = r.need(envDatabase, "the Glue database of the tables, such as limnograph")
	s.schemas = r.location(envSchemas, "where the schema definitions stand, such as s3://bucket/prefix/schemas")
	s.window = r.duration(envWindow)
	s.calls = r.number(envCalls)
	if s.schemas.Bucket != "" && s.schemas.Prefix == "" {
		r.fail(envSchemas+" names a whole bucket", "set it to a folder, such as s3://bucket/prefix/schemas")
	}
}

// reader gathers the mistakes.
type reader struct {
	getenv func(string) string
	errs   []error
}

func (r *reader) fail(message, hint string) {
	r.errs = append(r.errs, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read settings", Message: message, Hint: hint})
}

// need returns a value that must be set.
func (r *reader) need(name, what string) string {
	value := strings.TrimSpace(r.getenv(name))
	if value == "" {
		r.fail(name+" is not set", "set it to "+what)
	}
	return value
}

func (r *reader) mode() mode {
	name := r.need(envMode, modeNames())
	i := slices.IndexFunc(modes(), func(m mode) bool { return m.name == name })
	if i >= 0 {
		return modes()[i]
	}
	if name != "" {
		r.fail(fmt.Sprintf("%s: there is no mode %q", envMode, name), "set it to "+modeNames())
	}
	return mode{}
}

func (r *reader) location(name, what string) s3.Location {
	value := r.need(name, what)
	if value == "" {
		return s3.Location{}
	}
	loc, err := s3.ParseLocation(value)
	if err != nil {
		r.fail(fmt.Sprintf("%s=%s: %v", name, value, err), "set it to "+what)
	}
	return loc
}

// rootOf returns the root of the store: a location that ends where the metrics land stands for what is before that.
func rootOf(loc s3.Location) s3.Location {
	if before, found := strings.CutSuffix("/"+loc.Prefix+"/", "/"+objectkey.MetricsPrefix); found {
		loc.Prefix = strings.Trim(before, "/")
	}
	return loc
}

func (r *reader) level() (level slog.Level) {
	if value := r.getenv(envLogLevel); value != "" && level.UnmarshalText([]byte(value)) != nil {
		r.fail(fmt.Sprintf("%s=%q is no level", envLogLevel, value), "set it to debug, info, warn or error")
	}
	return level
}

func (r *reader) duration(name string) time.Duration {
	value := r.getenv(name)
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		r.fail(fmt.Sprintf("%s=%q is no length of time", name, value), "set it to something like 3h, or leave it out")
	}
	return d
}

func (r *reader) number(name string) int {
	value := r.getenv(name)
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n <= 0 {
		r.fail(fmt.Sprintf("%s=%q is no number above 0", name, value), "set it to something like 1000, or leave it out")
	}
	return n
}
