package glueapi

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"limnograph"
)

// caller is who calls, and where.
type caller struct {
	account, region string
	arn, id         string
}

func (c *caller) job(name string) limnograph.JobKey {
	return limnograph.JobKey{AccountID: c.account, Region: c.region, JobName: name}
}

// callerOf reads who calls from the Authorization header. Nobody looks whether the signature is right.
func (s *Server) callerOf(r *http.Request) (*caller, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, refused(http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	scope, ok := scopeOf(header)
	if !ok {
		return nil, refused(http.StatusForbidden, "IncompleteSignatureException", "'%s' not a valid key=value pair (missing equal-sign) in Authorization header", firstWord(header))
	}
	c := &caller{account: s.cfg.Account, region: scope[2], id: "AIDA" + s.cfg.Account}
	if prefix, account, ok := accountOf(scope[0]); ok {
		if prefix == "ASIA" {
			return s.assumed(c, account, r.Header.Get("X-Amz-Security-Token"))
		}
		if s.cfg.RequireRole && account != s.cfg.Account {
			return nil, refused(http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid.")
		}
		c.account, c.id = account, "AIDA"+account
	}
	c.arn = "arn:aws:iam::" + c.account + ":user/limnograph"
	return c, nil
}

// scopeOf returns access key, date, Region, service of AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request.
func scopeOf(header string) (scope []string, ok bool) {
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	if !ok || !strings.Contains(rest, "SignedHeaders=") || !strings.Contains(rest, "Signature=") {
		return nil, false
	}
	_, rest, ok = strings.Cut(rest, "Credential=")
	value, _, _ := strings.Cut(rest, ",")
	scope = strings.Split(strings.TrimSpace(value), "/")
	if !ok || len(scope) != 5 || scope[4] != "aws4_request" || scope[0] == "" || scope[2] == "" {
		return nil, false
	}
	return scope[:4], true
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// accountOf reads the account out of an access key that names one: AKIA or ASIA, and its twelve digits.
func accountOf(key string) (prefix, account string, ok bool) {
	if len(key) != 16 || !allDigits(key[4:]) {
		return "", "", false
	}
	return key[:4], key[4:], key[:4] == "AKIA" || key[:4] == "ASIA"
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// session is what a session token says.
type session struct {
	account, role, name string
	until               time.Time
}

func (s session) token() string {
	text := strings.Join([]string{s.account, s.role, s.name, strconv.FormatInt(s.until.Unix(), 10)}, "/")
	return base64.URLEncoding.EncodeToString([]byte(text))
}

func parseToken(token string) (s session, ok bool) {
	text, err := base64.URLEncoding.DecodeString(token)
	parts := regexp.MustCompile(`^(\d{12})/([\w+=,.@-]+)/([\w+=,.@-]+)/(\d{1,12})$`).FindSubmatch(text)
	if err != nil || parts == nil {
		return session{}, false
	}
	until, _ := strconv.ParseInt(string(parts[4]), 10, 64)
	return session{string(parts[1]), string(parts[2]), string(parts[3]), time.Unix(until, 0)}, true
}

// assumed is a caller with the credentials of a role.
func (s *Server) assumed(c *caller, account, token string) (*caller, error) {
	session, ok := parseToken(token)
	if !ok || session.account != account {
		return nil, refused(http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if !s.cfg.Now().Before(session.until) {
		return nil, refused(http.StatusBadRequest, "ExpiredTokenException", "The security token included in the request is expired")
	}
	c.account, c.id = account, "AROA"+account+":"+session.name
	c.arn = "arn:aws:sts::" + account + ":assumed-role/" + session.role + "/" + session.name
	return c, nil
}
