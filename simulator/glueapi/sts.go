package glueapi

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// sts answers a call of STS.
func (s *Server) sts(who *caller, op string, body []byte) ([]byte, error) {
	form, err := url.ParseQuery(string(body))
	switch {
	case err != nil || op == "unknown":
		return nil, refused(http.StatusBadRequest, "InvalidAction", "Could not find operation %s", form.Get("Action"))
	case op == "AssumeRole":
		return s.assumeRole(who, form)
	}
	type identity struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}
	return xml.Marshal(struct {
		XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
		Result  identity `xml:"GetCallerIdentityResult"`
		metadata
	}{Result: identity{who.arn, who.id, who.account}, metadata: s.metadata()})
}

// metadata ends each answer of STS.
type metadata struct {
	RequestID string `xml:"ResponseMetadata>RequestId"`
}

func (s *Server) metadata() metadata { return metadata{s.requestID()} }

type credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

type assumedUser struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	Arn           string
}

type assumeRoleResult struct {
	Credentials     credentials
	AssumedRoleUser assumedUser
}

// assumeRole hands out credentials whose access key names the account.
func (s *Server) assumeRole(who *caller, form url.Values) ([]byte, error) {
	session, err := s.sessionOf(form)
	if err != nil {
		return nil, err
	}
	if !s.trusts(session, form.Get("ExternalId")) {
		return nil, refused(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
			who.arn, form.Get("RoleArn"))
	}
	name := "AROA" + session.account + ":" + session.name
	return xml.Marshal(struct {
		XMLName xml.Name         `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
		Result  assumeRoleResult `xml:"AssumeRoleResult"`
		metadata
	}{metadata: s.metadata(), Result: assumeRoleResult{
		Credentials: credentials{
			AccessKeyID: "ASIA" + session.account, SecretAccessKey: "secret-of-nobody", SessionToken: session.token(),
			Expiration: session.until.UTC().Format(time.RFC3339),
		},
		AssumedRoleUser: assumedUser{name, "arn:aws:sts::" + session.account + ":assumed-role/" + session.role + "/" + session.name},
	}})
}

// sessionOf reads and checks the request.
func (s *Server) sessionOf(form url.Values) (session, error) {
	wrong := func(member string) error {
		return refused(http.StatusBadRequest, "ValidationError", "1 validation error detected: Value at '%s' failed to satisfy constraint", member)
	}
	role := regexp.MustCompile(`^arn:aws[\w-]*:iam::(\d{12}):role/(?:[\w+=,.@/-]+/)?([\w+=,.@-]{1,64})$`).FindStringSubmatch(form.Get("RoleArn"))
	name := form.Get("RoleSessionName")
	switch {
	case role == nil:
		return session{}, wrong("roleArn")
	case !regexp.MustCompile(`^[\w+=,.@-]{2,64}$`).MatchString(name):
		return session{}, wrong("roleSessionName")
	}
	seconds := 3600
	if text := form.Get("DurationSeconds"); text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil || seconds < 900 || seconds > 43200 {
			return session{}, wrong("durationSeconds")
		}
	}
	return session{role[1], role[2], name, s.cfg.Now().Add(time.Duration(seconds) * time.Second).Truncate(time.Second)}, nil
}

// trusts reports whether the role is there and lets the caller in.
func (s *Server) trusts(to session, externalID string) bool {
	accounts := append(s.fleet.Accounts(), s.cfg.Account, s.fleet.HubAccount())
	return slices.Contains(accounts, to.account) &&
		(s.cfg.RoleName == "" || s.cfg.RoleName == to.role) &&
		(s.cfg.ExternalID == "" || s.cfg.ExternalID == externalID)
}
