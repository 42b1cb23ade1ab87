package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	awsconfig "limnograph/aws/config"
	"limnograph/cmd/limno/internal/config"
)

// An account that nobody can tell keeps the others from nothing.
func TestTargetsBesideOneThatNobodyKnows(t *testing.T) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer sts.Close()
	g := glueSettings{
		aws: awsconfig.Config{Endpoint: sts.URL, Region: "eu-west-1", AccessKey: "a", SecretKey: "not-to-be-told"},
		accounts: []config.GlueAccount{
			{Regions: []string{"eu-west-1"}},
			{Account: "111122223333", Regions: []string{"us-east-1"}},
			{RoleARN: "arn:aws:iam::444455556666:role/reader"},
		},
	}
	targets, err := g.targets(t.Context())
	if err == nil || !strings.Contains(err.Error(), "collector.accounts") || strings.Contains(err.Error(), "not-to-be-told") {
		t.Errorf("error %v", err)
	}
	var got []string
	for _, target := range targets {
		got = append(got, target.AccountID+" "+target.Region)
	}
	if want := "111122223333 us-east-1, 444455556666 eu-west-1"; strings.Join(got, ", ") != want {
		t.Errorf("targets %v, want %s", got, want)
	}
}
