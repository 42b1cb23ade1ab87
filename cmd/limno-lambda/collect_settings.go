package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"limnograph/aws/cloudwatch"
	"limnograph/collector"
)

// The environment of mode collect. Lists have commas between their parts.
const (
	envAccount    = "LIMNO_ACCOUNT"
	envRegions    = "LIMNO_COLLECT_REGIONS"     // optional: whose jobs are read; empty: the function's own Region
	envRoles      = "LIMNO_COLLECT_ROLES"       // optional: ARNs of roles of other accounts
	envExternalID = "LIMNO_COLLECT_EXTERNAL_ID" // optional: what the trust policies of these roles ask for
	envArguments  = "LIMNO_COLLECT_ARGUMENTS"   // optional: job arguments that are kept
	envTags       = "LIMNO_COLLECT_TAGS"        // optional: off: tags of jobs are not read; on, or empty: they are, one call for each job and day
	envBudget     = "LIMNO_COLLECT_CALLS"       // optional: calls to Glue in an hour, for each account and Region; 0: as many as needed
	envEvery      = "LIMNO_COLLECT_MINUTES"     // optional: between two searches, of which each has its share of an hour's calls; empty: 15
	envStreamed   = "LIMNO_STREAM_WINDOW"       // optional: how late a metric may be published and still come back with the stream, such as 2h
	envPublish    = "LIMNO_PUBLISH"             // optional: metrics of runs, or none; empty: status,duration
	envPrefix     = "LIMNO_METRIC_PREFIX"       // optional: begins their names; empty: glue.run.
	envProtocol   = "LIMNO_CLOUDWATCH_PROTOCOL" // optional: json for servers that stand in for AWS
)

// defaultPrefix begins the names of all metrics of runs unless the environment says otherwise.
const defaultPrefix = "glue.run."

// collectSettings are those of mode collect.
type collectSettings struct {
	account    string
	regions    []string
	roles      []string
	externalID string
	arguments  []string
	noTags     bool
	calls      int
	minutes    int           // between two searches; 0: 15
	window     time.Duration // 0: the default
	publish    []collector.Kind
	prefix     string
	protocol   cloudwatch.Protocol
}

func (r *reader) collect() collectSettings {
	s := collectSettings{
		account: r.account(), regions: r.list(envRegions), roles: r.list(envRoles), externalID: strings.TrimSpace(r.getenv(envExternalID)),
		arguments: r.list(envArguments), noTags: r.isOff(envTags), calls: r.count(envBudget), minutes: r.count(envEvery), window: r.duration(envStreamed), publish: r.kinds(),
		prefix: strings.TrimSpace(r.getenv(envPrefix)), protocol: r.protocol(),
	}
	if s.externalID != "" && len(s.roles) == 0 {
		r.fail(envExternalID+" is set without "+envRoles, "name the roles, too, or leave it out")
	}
	return s
}

func (r *reader) account() string {
	value := r.need(envAccount, "the 12 digits of the account that the function is in")
	if value != "" && !regexp.MustCompile(`^\d{12}$`).MatchString(value) {
		r.fail(fmt.Sprintf("%s=%q is no account", envAccount, value), "set it to its 12 digits")
	}
	return value
}

// list splits a value; empty parts count for nothing.
func (r *reader) list(name string) (parts []string) {
	for part := range strings.SplitSeq(r.getenv(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func (r *reader) count(name string) int {
	value := strings.TrimSpace(r.getenv(name))
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		r.fail(fmt.Sprintf("%s=%q is no number", name, value), "set it to something like 1000, or to 0 for as many as are needed")
	}
	return n
}

func (r *reader) isOff(name string) bool {
	value := strings.TrimSpace(r.getenv(name))
	if value != "" && value != "on" && value != "off" {
		r.fail(fmt.Sprintf("%s=%q is neither on nor off", name, value), "set it to on or off")
	}
	return value == "off"
}

// kinds are the metrics to publish. Those that need the lake's figures are a server's.
func (r *reader) kinds() []collector.Kind {
	words := r.list(envPublish)
	if len(words) == 0 {
		words = []string{string(collector.KindStatus), string(collector.KindDuration)}
	}
	kinds, err := collector.ParseKinds(words)
	if err != nil {
		r.fail(envPublish+": "+err.Error(), "set it to some of status, duration and dpu_seconds, or to none")
	}
	return kinds
}

func (r *reader) protocol() cloudwatch.Protocol {
	switch p := cloudwatch.Protocol(r.getenv(envProtocol)); p {
	case cloudwatch.CBOR, cloudwatch.JSON:
		return p
	default:
		r.fail(fmt.Sprintf("%s=%q is no protocol", envProtocol, p), "set it to json, or leave it out")
		return cloudwatch.CBOR
	}
}

// names are the metrics' names that differ from the usual ones; nil: none.
func (s collectSettings) names() map[collector.Kind]string {
	if s.prefix == "" || s.prefix == defaultPrefix {
		return nil
	}
	own := make(map[collector.Kind]string)
	for _, k := range s.publish {
		own[k] = s.prefix + strings.TrimPrefix(k.DefaultName(), defaultPrefix)
	}
	return own
}

// share is the part of an hour's calls that one search may make; 0 stays 0.
func (s collectSettings) share(perHour int) int {
	if perHour == 0 {
		return 0
	}
	const usual, hour = 15, 60
	return max(1, perHour*min(cmp.Or(s.minutes, usual), hour)/hour)
}
