package config_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph/cmd/limno/internal/config"
)

// load reads one file text with the given environment, flags and further files.
func load(text string, env, flags, files map[string]string) (config.Config, error) {
	return config.Load(config.Source{
		File: "limno.yaml", DataDir: "/data", Flags: flags,
		LookupEnv: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		ReadFile: func(name string) ([]byte, error) {
			if name == "limno.yaml" {
				return []byte(text), nil
			}
			if v, ok := files[name]; ok {
				return []byte(v), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	})
}

func TestLoadGood(t *testing.T) {
	full := `
listen: 127.0.0.1:9000
firehose:
  max_body: 1MiB
  access_keys:
    - name: prod
      key: one
      next_key_file: next
      accounts: ["111122223333"]
landing: {seal_after: 5s, max_bytes: 2GB, retention: 400d, pack_after: 0}
allowed_hosts: [limno.example]
`
	cfg, err := load(full, map[string]string{"LIMNO_LANDING_SEAL_AFTER": "7", "LIMNO_FIREHOSE_MAX_BODY": "2MiB"},
		map[string]string{"firehose.max_body": "3MiB"}, map[string]string{"next": "two\n"})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default("/data")
	want.Listen, want.AllowedHosts = "127.0.0.1:9000", []string{"limno.example"}
	want.Firehose.MaxBody = 3 << 20
	want.Firehose.AccessKeys = []config.AccessKey{{Name: "prod", Key: "one", NextKey: "two", NextKeyFile: "next", Accounts: []string{"111122223333"}}}
	want.Landing.SealAfter, want.Landing.MaxBytes = config.Duration(7*time.Second), 2e9
	want.Landing.Retention, want.Landing.PackAfter = config.Duration(400*24*time.Hour), 0
	if diff := cmp.Diff(want, cfg); diff != "" {
		t.Errorf("flags must win over environment over file (-want +got):\n%s", diff)
	}
}

func TestLoadListFromEnvironment(t *testing.T) {
	cfg, err := load("", map[string]string{"LIMNO_FIREHOSE_ACCESS_KEYS": `[{name: a, key: k}]`}, nil, nil)
	if err != nil || len(cfg.Firehose.AccessKeys) != 1 || cfg.Firehose.AccessKeys[0].Key != "k" {
		t.Errorf("got %+v, %v", cfg.Firehose.AccessKeys, err)
	}
}

const trino = "storage: s3://bucket\ncatalog: glue\naws: {database: d}\nengine: trino\n"

// Everything in the cloud, from file and environment.
func TestLoadLake(t *testing.T) {
	cfg, err := load(trino+"cache: {max_bytes: 1GiB, dir: /cache}\ntrino: {url: 'https://h:8443', password_file: secret}\n",
		map[string]string{"LIMNO_AWS_ENDPOINTS_S3": "http://127.0.0.1:1", "LIMNO_AWS_NOTIFICATIONS": "https://sqs/1/q"}, nil, map[string]string{"secret": "s3cret\n"})
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.InBucket() || cfg.Trino.Password != "s3cret" || cfg.Trino.User != "limno" || cfg.Cache.MaxBytes != 1<<30 || cfg.AWS.Database != "d" {
		t.Errorf("got %+v", cfg)
	}
	if diff := cmp.Diff(map[string]string{"s3": "http://127.0.0.1:1"}, cfg.AWS.Endpoints.ByService()); diff != "" {
		t.Error(diff)
	}
	cfg = config.Default("/data")
	if cfg.InBucket() || cfg.Catalog != config.CatalogSQLite || cfg.Engine != config.EngineDuckDB {
		t.Errorf("the default is %+v", cfg)
	}
}

func TestLoadMistakes(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"UnknownKeySuggests", "listn: x", "limno.yaml:1: listn: unknown setting (did you mean listen?)"},
		{"UnknownNestedKey", "landing:\n  seal_aftr: 5s", "limno.yaml:2: landing.seal_aftr: unknown setting (did you mean seal_after?)"},
		{"BadDuration", "landing:\n  seal_after: soon", "limno.yaml:2: landing.seal_after: \"soon\" is no time span"},
		{"SealTooShort", "landing:\n\n  seal_after: 500ms", "limno.yaml:3: landing.seal_after: is below 1s (use 1s or more)"},
		{"BadSize", "firehose: {max_body: 12parsec}", "is no size"},
		{"BodyOverFirehoseLimit", "firehose: {max_body: 65MiB}", "outside 1KiB to 64MiB"},
		{"BrokenYAML", "a: [\nb: }", "limno.yaml:"},
		{"SectionAsScalar", "landing: fast", "expected settings"},
		{"ScalarAsList", "listen: [a]", "expected one value"},
		{"SetTwice", "listen: a:1\nlisten: b:2", "limno.yaml:2: listen: set twice"},
		{"SecretFileMissing", "token_file: nowhere", "limno.yaml:1: token_file: open nowhere"},
		{"SecretTwice", "token: a\ntoken_file: b", "both as value and as file"},
		{"InFlightBelowTwoBodies", "firehose: {max_in_flight: 64MiB}", "limno.yaml:1: firehose.max_in_flight: 64MiB is less than twice firehose.max_body (use at least 128MiB)"},
		{"ZeroIsNoLimit", "query: {timeout: 0}", "limno.yaml:1: query.timeout: is 0"},
		{"HalfTLS", "tls:\n  cert_file: c.pem", "only one of cert_file and key_file"},
		{"BadListen", "listen: here", "limno.yaml:1: listen: \"here\" is no address (write HOST:PORT"},
		{"KeyWithoutName", "firehose:\n  access_keys:\n    - key: x", "limno.yaml:3: firehose.access_keys[0]: name \"\" is no key name"},
		{"KeyTwice", "firehose:\n  access_keys:\n    - {name: a, key: x}\n    - {name: a, key: y}", "limno.yaml:4: firehose.access_keys[1]: the name a is taken"},
		{"BadAccount", "firehose:\n  access_keys: [{name: a, key: x, accounts: [prod]}]", "account \"prod\" is no account id"},
		{"PprofOutside", "pprof: {listen: '0.0.0.0:6060'}", "not a loopback address"},
		{"StorageElsewhere", "storage: gs://bucket", "limno.yaml:1: storage: \"gs://bucket\" is no place in S3 (write s3://bucket/prefix)"},
		{"UnknownCatalog", "catalog: hive", "limno.yaml:1: catalog: \"hive\" is no catalogue (use sqlite or glue)"},
		{"UnknownEngine", "engine: spark", "limno.yaml:1: engine: \"spark\" is no engine (use duckdb, athena or trino)"},
		{"GlueOverADirectory", "catalog: glue\naws: {database: d}", "limno.yaml:1: catalog: glue knows objects in S3 alone (set storage: s3://bucket/prefix"},
		{"GlueWithoutDatabase", "storage: s3://bucket\ncatalog: glue", "aws.database: is not set, and catalog is glue"},
		{"AthenaOverADirectory", "engine: athena", "limno.yaml:1: engine: athena reads objects in S3 alone"},
		{"AthenaWithoutGlue", "storage: s3://bucket\nengine: athena", "limno.yaml:2: engine: athena reads the tables of the Glue Data Catalog, and catalog is sqlite (set catalog: glue"},
		{"TrinoWithoutGlue", "storage: s3://bucket\nengine: trino\ntrino: {url: 'http://h:1'}", "limno.yaml:2: engine: trino reads the tables of the Glue"},
		{"TrinoWithoutAddress", trino + "trino: {user: u}", "trino.url: is not set, and engine is trino"},
		{"TrinoAtNoAddress", trino + "trino: {url: 'host:8080'}", "trino.url: \"host:8080\" is no address (write https://HOST:PORT)"},
		{"TrinoPasswordInTheClear", trino + "trino: {url: 'http://h:8080', password: secret}", "trino.password: would be sent unencrypted"},
		{"TrinoPasswordTwice", trino + "trino: {url: 'https://h', password: secret, password_file: f}", "trino.password: is set both as value and as file"},
		{"TrinoWithoutUser", trino + "trino: {url: 'https://h', user: ''}", "trino.user: is empty"},
		{"NotificationsOfADirectory", "aws: {notifications: 'https://sqs/1/q'}", "aws.notifications: tells of objects in S3"},
		{"NotificationsByName", "storage: s3://bucket\naws: {notifications: queue}", "aws.notifications: \"queue\" is no queue URL"},
		{"OutputElsewhere", "aws: {output: results/}", "aws.output: \"results/\" is no place in S3"},
		{"NoCache", "cache: {max_bytes: 0}", "cache.max_bytes: is 0"},
		{"UnknownEndpoint", "aws: {endpoints: {s4: x}}", "aws.endpoints.s4: unknown setting (did you mean s3?)"},
		{"RetentionBelowAnHour", "landing: {retention: 30m}", "limno.yaml:1: landing.retention: is shorter than an hour (write 400d, 36h, or 0"},
		{"QuarantineRetentionBelowAnHour", "landing: {quarantine_retention: 59m}", "landing.quarantine_retention: is shorter than an hour"},
		{"DaysBeyondAllBounds", "landing: {retention: 9999999d}", "\"9999999d\" is no time span"},
		{"BadLevel", "log: {level: loud}", "\"loud\" is no level"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(tt.text, nil, nil, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v does not contain %q", err, tt.want)
			}
		})
	}
}

func TestLoadReportsAllMistakes(t *testing.T) {
	_, err := load("listn: x\nlanding: {seal_after: soon}", map[string]string{"LIMNO_QUERY_THREADS": "many"}, nil, nil)
	for _, want := range []string{"listn", "seal_after", "LIMNO_QUERY_THREADS"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	var p config.Problem
	if !errors.As(err, &p) || p.File != "limno.yaml" {
		t.Errorf("errors are not problems: %v", err)
	}
}

func TestOptionalFileMayBeMissing(t *testing.T) {
	src := config.Source{
		File: "gone", Optional: true, LookupEnv: func(string) (string, bool) { return "", false },
		ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist },
	}
	if _, err := config.Load(src); err != nil {
		t.Errorf("optional: %v", err)
	}
	src.Optional = false
	if _, err := config.Load(src); err == nil {
		t.Error("a file named by the user is missing: no error")
	}
}

func TestBytesRoundTrip(t *testing.T) {
	for _, s := range []string{"0", "1KiB", "64MiB", "3GiB", "1500"} {
		b, err := config.ParseBytes(s)
		if err != nil || b.String() != s {
			t.Errorf("%s became %s, %v", s, b, err)
		}
	}
	for _, s := range []string{"", "-1", "1XB", "MiB", "9e300TB"} {
		if b, err := config.ParseBytes(s); err == nil {
			t.Errorf("%q accepted as %d", s, b)
		}
	}
}

func TestKeysHaveEnvironmentAndWords(t *testing.T) {
	keys := config.Keys(config.Default("/d"))
	found := false
	for _, k := range keys {
		if k.Doc == "" {
			t.Errorf("%s has no explanation", k.Path)
		}
		found = found || k.Path == "firehose.max_body" && k.Env == "LIMNO_FIREHOSE_MAX_BODY" && k.Default == "64MiB"
	}
	if !found {
		t.Error("firehose.max_body is missing")
	}
}
