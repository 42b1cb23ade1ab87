package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"limnograph/aws/s3"
)

// good is an environment that a deployment sets.
func good() map[string]string {
	return map[string]string{
		"LIMNO_LAMBDA_MODE": "catalog", "LIMNO_DATABASE": "limnograph",
		"LIMNO_SCHEMAS": "s3://lake/data/schemas", "LIMNO_LANDING": "s3://lake/data",
	}
}

// with returns the good environment with changes; an empty value removes a variable.
func with(changes map[string]string) func(string) string {
	env := good()
	maps.Copy(env, changes)
	return func(name string) string { return env[name] }
}

func TestSettings(t *testing.T) {
	s, err := readSettings(with(map[string]string{"LIMNO_LOG_LEVEL": "debug", "LIMNO_RECONCILE_WINDOW": "48h", "LIMNO_RECONCILE_CALLS": "50"}))
	if err != nil {
		t.Fatal(err)
	}
	if s.mode.name != "catalog" || s.database != "limnograph" || s.schemas != (s3.Location{Bucket: "lake", Prefix: "data/schemas"}) ||
		s.level != slog.LevelDebug || s.window != 48*time.Hour || s.calls != 50 {
		t.Errorf("%+v", s)
	}
}

func TestLandingMayBeGivenByItsRootOrItsFolder(t *testing.T) {
	for value, prefix := range map[string]string{
		"s3://lake": "", "s3://lake/": "", "s3://lake/landing/metrics": "", "s3://lake/landing/metrics/": "", "s3://lake/landing": "landing",
		"s3://lake/data": "data", "s3://lake/data/": "data", "s3://lake/data/landing/metrics/": "data", "s3://lake/a/b/landing/metrics": "a/b",
		"s3://lake/landing/landing/metrics": "landing", "s3://lake/mylanding/metrics": "mylanding/metrics", "s3://lake/outlanding": "outlanding",
	} {
		s, err := readSettings(with(map[string]string{"LIMNO_LANDING": value}))
		if want := (s3.Location{Bucket: "lake", Prefix: prefix}); err != nil || s.landing != want {
			t.Errorf("%s: %+v, %v; want prefix %q", value, s.landing, err, prefix)
		}
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		env   map[string]string
		words []string
	}{
		"nothing set": {
			map[string]string{"LIMNO_LAMBDA_MODE": "", "LIMNO_DATABASE": " ", "LIMNO_SCHEMAS": "", "LIMNO_LANDING": ""},
			[]string{"LIMNO_LAMBDA_MODE is not set", "catalog, reconcile or collect", "LIMNO_DATABASE is not set", "LIMNO_SCHEMAS is not set", "LIMNO_LANDING is not set"},
		},
		"everything wrong": {
			map[string]string{
				"LIMNO_LAMBDA_MODE": "curate", "LIMNO_SCHEMAS": "lake/schemas", "LIMNO_LANDING": "https://lake", "LIMNO_LOG_LEVEL": "loud",
				"LIMNO_RECONCILE_WINDOW": "3 days", "LIMNO_RECONCILE_CALLS": "-1",
			},
			[]string{
				`there is no mode "curate"`, "set it to catalog, reconcile or collect", "LIMNO_SCHEMAS=lake/schemas", "LIMNO_LANDING=https://lake", "s3://",
				"LIMNO_LOG_LEVEL=\"loud\"", "LIMNO_RECONCILE_WINDOW=\"3 days\"", "LIMNO_RECONCILE_CALLS=\"-1\"",
			},
		},
		"schemas without a folder": {map[string]string{"LIMNO_SCHEMAS": "s3://lake"}, []string{"LIMNO_SCHEMAS names a whole bucket"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readSettings(with(tc.env))
			if err == nil {
				t.Fatal("no error")
			}
			for _, words := range tc.words {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q is not in:\n%v", words, err)
				}
			}
		})
	}
}

func TestWrongSettingsAreLoggedWithTheirRemedies(t *testing.T) {
	var stdout, stderr bytes.Buffer
	handler, err := load(t.Context(), with(map[string]string{"LIMNO_LAMBDA_MODE": "curate", "LIMNO_DATABASE": ""}), &stdout, &stderr)
	if err == nil || handler != nil {
		t.Errorf("%v, %v", handler, err)
	}
	var line struct{ Level, Msg, Reason, Err, Remedy string }
	if err := json.Unmarshal(stderr.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, stderr.Bytes())
	}
	if line.Level != "ERROR" || line.Reason != "invalid" || !strings.Contains(line.Remedy, "catalog, reconcile or collect; set it to the Glue database") {
		t.Errorf("%+v", line)
	}
}
