package config_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/aws/config"
)

// Two roles of other accounts beside the loaded one: each is assumed when it is first needed, in its own Region, and the
// calls of the others do not change.
func TestTargetsHaveCredentialsOfTheirOwn(t *testing.T) {
	bare(t, keys())
	w := &wire{answer: func(_ *http.Request, form url.Values) (int, string) {
		if form.Get("Action") == "AssumeRole" {
			return http.StatusOK, strings.Replace(assumed, "ASIAROLE", "ASIA"+form.Get("RoleArn")[13:25], 1)
		}
		return http.StatusOK, identity
	}}
	clients := load(t, config.Config{HTTPClient: w})
	one, errOne := clients.Of(config.Target{Region: "us-east-1", RoleARN: "arn:aws:iam::111111111111:role/limno", ExternalID: "ext"})
	two, errTwo := clients.Of(config.Target{RoleARN: "arn:aws:iam::222222222222:role/limno"})
	same, errSame := clients.Of(config.Target{Region: "us-west-2"})
	if errOne != nil || errTwo != nil || errSame != nil || len(w.requests()) > 0 {
		t.Fatal(errOne, errTwo, errSame, len(w.requests()))
	}
	for _, c := range []config.Clients{one, two, same, clients, one} {
		if _, err := c.AccountID(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, r := range w.requests() {
		id, _, _ := strings.Cut(strings.SplitAfterN(r.authorization, "Credential=", 2)[1], "/")
		got = append(got, strings.Join([]string{r.action, r.host, id, r.form.Get("ExternalId")}, " "))
	}
	want := []string{
		"AssumeRole sts.us-east-1.amazonaws.com AKIAUSER ext", "GetCallerIdentity sts.us-east-1.amazonaws.com ASIA111111111111 ",
		"AssumeRole sts.eu-west-1.amazonaws.com AKIAUSER ", "GetCallerIdentity sts.eu-west-1.amazonaws.com ASIA222222222222 ",
		"GetCallerIdentity sts.us-west-2.amazonaws.com AKIAUSER ", "GetCallerIdentity sts.eu-west-1.amazonaws.com AKIAUSER ",
		"GetCallerIdentity sts.us-east-1.amazonaws.com ASIA111111111111 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("asked:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if one.Region() != "us-east-1" || two.Region() != "eu-west-1" {
		t.Errorf("Regions are %s and %s", one.Region(), two.Region())
	}
}

// A target whose role may not be assumed says so when it is asked, and at no other.
func TestTargetOutOfReachHarmsNoOther(t *testing.T) {
	bare(t, keys())
	w := &wire{answer: func(_ *http.Request, form url.Values) (int, string) {
		if form.Get("Action") == "AssumeRole" {
			return http.StatusForbidden, fault("AccessDenied")
		}
		return http.StatusOK, identity
	}}
	clients := load(t, config.Config{MaxAttempts: 1, HTTPClient: w})
	out, err := clients.Of(config.Target{RoleARN: "arn:aws:iam::111111111111:role/limno"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = out.AccountID(t.Context())
	wantError(t, err, limnograph.CodeForbidden, "role/limno", "sts:AssumeRole")
	if _, err := clients.AccountID(t.Context()); err != nil {
		t.Error(err)
	}
	_, err = clients.Of(config.Target{RoleARN: "limno"})
	wantError(t, err, limnograph.CodeInvalid, "is no ARN of a role")
}

// AWS counts the calls of each account and Region alone, and so does the limit.
func TestTargetsHaveLimitsOfTheirOwn(t *testing.T) {
	bare(t, keys())
	clock := &handClock{now: time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)}
	clients := load(t, config.Config{RatePerSecond: 2, HTTPClient: &wire{}, Now: clock.Now, Wait: clock.Wait})
	other, err := clients.Of(config.Target{Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []config.Clients{clients, other, clients, other} {
		if _, err := c.AccountID(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(clock.waited) > 0 {
		t.Errorf("waited %v, want no wait: two calls of each may go at once", clock.waited)
	}
	_, _ = other.AccountID(t.Context())
	if want := []time.Duration{500 * time.Millisecond}; !slices.Equal(clock.waited, want) {
		t.Errorf("waited %v, want %v", clock.waited, want)
	}
}

// A target tries as often as the one that was loaded.
func TestTargetsTryAsOften(t *testing.T) {
	bare(t, keys("AWS_MAX_ATTEMPTS", "1"))
	w := &wire{answer: func(*http.Request, url.Values) (int, string) { return http.StatusServiceUnavailable, "" }}
	other, err := load(t, config.Config{HTTPClient: w}).Of(config.Target{Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.AccountID(t.Context()); err == nil || len(w.requests()) != 1 {
		t.Errorf("%d attempts, %v", len(w.requests()), err)
	}
}

func TestAccountIsThatOfTheRole(t *testing.T) {
	for arn, want := range map[string]string{"arn:aws-cn:iam::222233334444:role/a/limno": "222233334444", "limno": "", "": ""} {
		if got := (config.Target{RoleARN: arn}).Account(); got != want {
			t.Errorf("%s: %q, want %q", arn, got, want)
		}
	}
}

// With Later nothing is asked at the start: what is wrong with a role shows with the first call.
func TestLaterAsksNobodyAtTheStart(t *testing.T) {
	bare(t, keys())
	w := &wire{answer: func(*http.Request, url.Values) (int, string) { return http.StatusForbidden, fault("AccessDenied") }}
	clients, err := config.Load(t.Context(), config.Config{Region: "eu-west-1", MaxAttempts: 1, HTTPClient: w, RoleARN: "arn:aws:iam::111111111111:role/limno", Later: true})
	if err != nil || len(w.requests()) != 0 {
		t.Fatalf("%d requests, %v", len(w.requests()), err)
	}
	_, err = clients.AccountID(t.Context())
	wantError(t, err, limnograph.CodeForbidden, "role/limno", "sts:AssumeRole")
}
