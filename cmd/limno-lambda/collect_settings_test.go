package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph/collector"
)

func collectEnv(changes map[string]string) func(string) string {
	env := map[string]string{"LIMNO_LAMBDA_MODE": "collect", "LIMNO_LANDING": "s3://lake/data", "LIMNO_ACCOUNT": "111122223333"}
	for name, value := range changes {
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

// The template gives every variable, most of them empty.
func TestCollectSettings(t *testing.T) {
	usual := collectSettings{account: "111122223333", publish: []collector.Kind{collector.KindDuration, collector.KindStatus}}
	for name, c := range map[string]struct {
		env  map[string]string
		want collectSettings
	}{
		"Usual": {nil, usual},
		"AsTheTemplateSays": {map[string]string{
			"LIMNO_COLLECT_REGIONS": "", "LIMNO_COLLECT_ROLES": "", "LIMNO_COLLECT_EXTERNAL_ID": "", "LIMNO_COLLECT_ARGUMENTS": "",
			"LIMNO_COLLECT_CALLS": "0", "LIMNO_PUBLISH": "status,duration",
		}, usual},
		"Everything": {map[string]string{
			"LIMNO_COLLECT_REGIONS": "eu-west-1, us-east-1", "LIMNO_COLLECT_ROLES": "arn:aws:iam::222233334444:role/limno", "LIMNO_COLLECT_EXTERNAL_ID": "x1",
			"LIMNO_COLLECT_ARGUMENTS": "--dataset,layer", "LIMNO_COLLECT_CALLS": "500", "LIMNO_COLLECT_MINUTES": "30", "LIMNO_STREAM_WINDOW": "48h", "LIMNO_COLLECT_TAGS": "off",
			"LIMNO_PUBLISH": "dpu_seconds", "LIMNO_METRIC_PREFIX": "etl.", "LIMNO_CLOUDWATCH_PROTOCOL": "json",
		}, collectSettings{
			account: "111122223333", regions: []string{"eu-west-1", "us-east-1"}, roles: []string{"arn:aws:iam::222233334444:role/limno"}, externalID: "x1",
			arguments: []string{"--dataset", "layer"}, noTags: true, calls: 500, minutes: 30, window: 48 * time.Hour, publish: []collector.Kind{collector.KindDPUSeconds},
			prefix: "etl.", protocol: "json",
		}},
		"Nothing": {map[string]string{"LIMNO_PUBLISH": "none"}, collectSettings{account: "111122223333", publish: []collector.Kind{}}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readSettings(collectEnv(c.env))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, s.collect, cmp.AllowUnexported(collectSettings{})); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCollectSettingsAreRefusedInWords(t *testing.T) {
	_, err := readSettings(collectEnv(map[string]string{
		"LIMNO_ACCOUNT": "12", "LIMNO_COLLECT_EXTERNAL_ID": "x1", "LIMNO_COLLECT_CALLS": "-1", "LIMNO_PUBLISH": "colour", "LIMNO_STREAM_WINDOW": "soon",
		"LIMNO_CLOUDWATCH_PROTOCOL": "smoke", "LIMNO_COLLECT_TAGS": "some",
	}))
	for _, words := range []string{
		`LIMNO_ACCOUNT="12" is no account`, "LIMNO_COLLECT_EXTERNAL_ID is set without LIMNO_COLLECT_ROLES", `LIMNO_COLLECT_CALLS="-1"`, "colour", `LIMNO_STREAM_WINDOW="soon"`,
		`LIMNO_CLOUDWATCH_PROTOCOL="smoke"`, `LIMNO_COLLECT_TAGS="some"`,
	} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not in:\n%v", words, err)
		}
	}
}

func TestOwnPrefixBeginsTheNames(t *testing.T) {
	s := collectSettings{prefix: "etl.", publish: []collector.Kind{collector.KindStatus, collector.KindDPUSeconds}}
	want := map[collector.Kind]string{collector.KindStatus: "etl.status", collector.KindDPUSeconds: "etl.dpuSeconds"}
	if diff := cmp.Diff(want, s.names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if s.prefix = "glue.run."; s.names() != nil {
		t.Errorf("usual names are %v", s.names())
	}
}

// Searches share the calls of an hour.
func TestSearchesShareTheBudget(t *testing.T) {
	for minutes, want := range map[int]int{0: 100, 15: 100, 30: 200, 60: 400, 240: 400, 1: 6} {
		if got := (collectSettings{minutes: minutes}).share(400); got != want {
			t.Errorf("every %d minutes: %d calls, want %d", minutes, got, want)
		}
	}
	if (collectSettings{}).share(0) != 0 || (collectSettings{minutes: 2}).share(1) != 1 {
		t.Error("none is none, and one stays one")
	}
}
