package config

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"limnograph"
)

// check refuses settings that cannot be meant. Errors: CodeInvalid.
func (c Config) check() error {
	for _, service := range slices.Sorted(maps.Keys(c.Endpoints)) {
		if !slices.Contains(Services(), service) {
			return invalid(fmt.Sprintf("there is no service %q to give an endpoint", service), "name one of "+strings.Join(Services(), ", "))
		}
		if err := checkEndpoint(c.Endpoints[service]); err != nil {
			return err
		}
	}
	if err := checkEndpoint(c.Endpoint); err != nil {
		return err
	}
	if err := c.checkRole(); err != nil {
		return err
	}
	if c.MaxAttempts < 0 || c.RatePerSecond < 0 || math.IsNaN(c.RatePerSecond) || math.IsInf(c.RatePerSecond, 0) {
		return invalid("attempts and rate cannot be negative or endless", "leave them out to get the defaults")
	}
	return nil
}

// checkEndpoint takes an empty one, which means none.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return invalid(fmt.Sprintf("endpoint %q is no address", endpoint), "write it as https://host or http://host:port")
	}
	return nil
}

func (c Config) checkRole() error {
	switch {
	case c.RoleARN == "" && c.ExternalID != "":
		return invalid("an external id without a role", "name the role to assume, too")
	case c.RoleARN == "":
		return nil
	case !roleARN().MatchString(c.RoleARN):
		return invalid(fmt.Sprintf("%q is no ARN of a role", c.RoleARN), "write it as arn:aws:iam::<12 digits>:role/<name>")
	case c.SessionName != "" && !sessionName().MatchString(c.SessionName):
		return invalid(fmt.Sprintf("%q is no session name", c.SessionName), "use 2 to 64 letters, digits and _+=,.@-")
	case c.ExternalID != "" && (!externalID().MatchString(c.ExternalID) || len(c.ExternalID) > maxExternalID):
		return invalid("the external id has characters that STS refuses", "use 2 to 1224 letters, digits and _+=,.@:/-")
	}
	return nil
}

func roleARN() *regexp.Regexp {
	return regexp.MustCompile(`^arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+$`)
}
func sessionName() *regexp.Regexp { return regexp.MustCompile(`^[\w+=,.@-]{2,64}$`) }

// maxExternalID stands here because Go's expressions count to 1000 only.
const maxExternalID = 1224

func externalID() *regexp.Regexp { return regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`) }

func invalid(message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "configure AWS", Message: message, Hint: hint}
}
