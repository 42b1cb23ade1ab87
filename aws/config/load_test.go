package config_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"limnograph"
	"limnograph/aws/config"
)

// What cannot be meant, and what is missing, is told at the start with the next step.
func TestLoadRefuses(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/limno"
	for name, tt := range map[string]struct {
		env  map[string]string
		cfg  config.Config
		code limnograph.Code
		says []string
	}{
		"ErrNoRegion":        {keys("AWS_REGION", ""), config.Config{}, limnograph.CodeInvalid, []string{"no AWS Region", "AWS_REGION"}},
		"ErrNoCredentials":   {map[string]string{"AWS_REGION": "eu-west-1"}, config.Config{}, limnograph.CodeUnauthorized, []string{"none that work", "aws sso login"}},
		"ErrNoProfile":       {keys(), config.Config{Profile: "absent"}, limnograph.CodeInvalid, []string{"no profile absent", "~/.aws/config"}},
		"ErrNoProfileByName": {keys("AWS_PROFILE", "absent"), config.Config{}, limnograph.CodeInvalid, []string{"no profile absent"}},
		"ErrEndpoint":        {keys(), config.Config{Endpoint: "localhost:5000"}, limnograph.CodeInvalid, []string{"localhost:5000", "https://host"}},
		"ErrEndpointOfOne":   {keys(), config.Config{Endpoints: map[string]string{"s3": "ftp://x"}}, limnograph.CodeInvalid, []string{"ftp://x"}},
		"ErrEndpointSecret":  {keys(), config.Config{Endpoint: "https://user:pw@host"}, limnograph.CodeInvalid, nil},
		"ErrUnknownService":  {keys(), config.Config{Endpoints: map[string]string{"S3": "https://x"}}, limnograph.CodeInvalid, []string{`"S3"`, "sqs"}},
		"ErrRoleARN":         {keys(), config.Config{RoleARN: "limno"}, limnograph.CodeInvalid, []string{"limno", "arn:aws:iam::"}},
		"ErrSessionName":     {keys(), config.Config{RoleARN: role, SessionName: "a b"}, limnograph.CodeInvalid, []string{"a b"}},
		"ErrExternalID":      {keys(), config.Config{RoleARN: role, ExternalID: "x"}, limnograph.CodeInvalid, nil},
		"ErrLongExternalID":  {keys(), config.Config{RoleARN: role, ExternalID: strings.Repeat("x", 1225)}, limnograph.CodeInvalid, nil},
		"ErrIDWithoutRole":   {keys(), config.Config{ExternalID: "xyz"}, limnograph.CodeInvalid, []string{"role"}},
		"ErrRate":            {keys(), config.Config{RatePerSecond: -1}, limnograph.CodeInvalid, nil},
		"ErrAttempts":        {keys(), config.Config{MaxAttempts: -1}, limnograph.CodeInvalid, nil},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t, tt.env)
			w := &wire{}
			tt.cfg.HTTPClient = w
			_, err := config.Load(t.Context(), tt.cfg)
			wantError(t, err, tt.code, tt.says...)
			if asked := w.requests(); len(asked) != 0 {
				t.Errorf("asked %+v", asked)
			}
		})
	}
}

// Settings come before the profile, the profile before nothing.
func TestLoadReadsTheProfile(t *testing.T) {
	bare(t, nil)
	text := "[profile lake]\nregion = eu-central-1\naws_access_key_id = AKIAFILE\naws_secret_access_key = s\n"
	if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	clients := load(t, config.Config{Profile: "lake", HTTPClient: w})
	if clients.Region() != "eu-central-1" {
		t.Errorf("the Region is %q", clients.Region())
	}
	if id, err := clients.AccountID(t.Context()); err != nil || id != "123456789012" {
		t.Errorf("the account is %q, %v", id, err)
	}
	if a := w.requests()[0].authorization; !strings.Contains(a, "AKIAFILE") || !strings.Contains(a, "eu-central-1") {
		t.Errorf("signed as %s", a)
	}
	if got := load(t, config.Config{Profile: "lake", Region: "us-east-2", HTTPClient: w}).Region(); got != "us-east-2" {
		t.Errorf("the Region is %q", got)
	}
}

// A client that is given is used although the machine has certificates of its own for the SDK's.
func TestClientWithCertificatesOfTheMachine(t *testing.T) {
	bare(t, keys())
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	w := &wire{}
	if id, err := load(t, config.Config{HTTPClient: w}).AccountID(t.Context()); err != nil || id != "123456789012" || len(w.requests()) != 1 {
		t.Errorf("the account is %q, %v", id, err)
	}
}

// A role is assumed once for many calls, with what its trust policy may ask for, at the endpoint of STS.
func TestRoleIsAssumedOnce(t *testing.T) {
	bare(t, keys())
	w := &wire{answer: func(_ *http.Request, form url.Values) (int, string) {
		if form.Get("Action") == "AssumeRole" {
			return http.StatusOK, assumed
		}
		return http.StatusOK, identity
	}}
	clients := load(t, config.Config{
		RoleARN: "arn:aws:iam::123456789012:role/path/limno", ExternalID: "ext:1/2", SessionName: "nightly", HTTPClient: w,
		Endpoints: map[string]string{"sts": "https://sts.test"},
	})
	for range 3 {
		if _, err := clients.AccountID(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	asked := w.requests()
	if len(asked) != 4 {
		t.Fatalf("asked %d times, want one AssumeRole and three calls", len(asked))
	}
	first := asked[0]
	if first.action != "AssumeRole" || first.form.Get("ExternalId") != "ext:1/2" || first.form.Get("RoleSessionName") != "nightly" ||
		first.host != "sts.test" || !strings.Contains(first.authorization, "AKIAUSER") {
		t.Errorf("assumed by %+v", first)
	}
	if last := asked[3]; last.action != "GetCallerIdentity" || !strings.Contains(last.authorization, "ASIAROLE") {
		t.Errorf("then asked %+v", last)
	}
}

func TestRoleErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		fault  string
		code   limnograph.Code
		says   string
	}{
		"ErrTrust":       {http.StatusForbidden, "AccessDenied", limnograph.CodeForbidden, "sts:AssumeRole"},
		"ErrExpired":     {http.StatusForbidden, "ExpiredToken", limnograph.CodeUnauthorized, "renew"},
		"ErrUnknownKey":  {http.StatusForbidden, "InvalidClientTokenId", limnograph.CodeUnauthorized, "renew"},
		"ErrMalformed":   {http.StatusBadRequest, "ValidationError", limnograph.CodeInvalid, "role/limno"},
		"ErrServerFault": {http.StatusServiceUnavailable, "ServiceUnavailable", limnograph.CodeUnavailable, "try again"},
		"ErrThrottled":   {http.StatusBadRequest, "Throttling", limnograph.CodeUnavailable, "try again"},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t, keys())
			w := &wire{answer: func(*http.Request, url.Values) (int, string) { return tt.status, fault(tt.fault) }}
			_, err := config.Load(t.Context(), config.Config{RoleARN: "arn:aws:iam::123456789012:role/limno", MaxAttempts: 1, HTTPClient: w})
			wantError(t, err, tt.code, tt.says, "role/limno")
		})
	}
}

func TestCancelledLoadSaysSo(t *testing.T) {
	bare(t, keys())
	ctx, cancel := context.WithCancel(t.Context())
	w := &wire{answer: func(*http.Request, url.Values) (int, string) {
		cancel()
		return http.StatusServiceUnavailable, ""
	}}
	_, err := config.Load(ctx, config.Config{RoleARN: "arn:aws:iam::123456789012:role/limno", HTTPClient: w})
	if wantError(t, err, limnograph.CodeTimeout); !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not the context's error", err)
	}
}

// An identity without an account must not become an empty one.
func TestAccountIDErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		code   limnograph.Code
	}{
		"ErrNoAccount": {http.StatusOK, strings.ReplaceAll(identity, "123456789012", ""), limnograph.CodeUnavailable},
		"ErrHTML":      {http.StatusBadGateway, "<html>Bad gateway</html>", limnograph.CodeUnavailable},
		"ErrForbidden": {http.StatusForbidden, fault("AccessDenied"), limnograph.CodeForbidden},
		"ErrExpired":   {http.StatusForbidden, fault("ExpiredToken"), limnograph.CodeUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t, keys())
			w := &wire{answer: func(*http.Request, url.Values) (int, string) { return tt.status, tt.body }}
			_, err := load(t, config.Config{MaxAttempts: 1, HTTPClient: w}).AccountID(t.Context())
			wantError(t, err, tt.code)
		})
	}
}
