package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"
)

// readSecrets replaces each X_file setting by the content of its file.
func readSecrets(cfg *Config, readFile func(string) ([]byte, error), f file) []Problem {
	var problems []Problem
	read := func(path string, value *string, from string) {
		if from == "" {
			return
		}
		if *value != "" {
			problems = append(problems, f.at(path, "is set both as value and as file", "remove "+path+" or "+path+"_file"))
			return
		}
		data, err := readFile(from)
		if err != nil {
			problems = append(problems, f.at(path+"_file", err.Error(), "check the path and its permissions"))
			return
		}
		if *value = strings.TrimSpace(string(data)); *value == "" {
			problems = append(problems, f.at(path+"_file", "the file "+from+" is empty", "write the secret into it"))
		}
	}
	read("token", &cfg.Token, cfg.TokenFile)
	read("collector.token", &cfg.Collector.Token, cfg.Collector.TokenFile)
	read("trino.password", &cfg.Trino.Password, cfg.Trino.PasswordFile)
	read("firehose.access_key", &cfg.Firehose.AccessKey, cfg.Firehose.AccessKeyFile)
	for i := range cfg.Firehose.AccessKeys {
		k, path := &cfg.Firehose.AccessKeys[i], fmt.Sprintf("firehose.access_keys[%d].", i)
		read(path+"key", &k.Key, k.KeyFile)
		read(path+"next_key", &k.NextKey, k.NextKeyFile)
	}
	return problems
}

// checkFiles reads what the settings name and the server needs at its start.
func checkFiles(cfg *Config, readFile func(string) ([]byte, error), f file) []Problem {
	if cfg.TLS.CertFile == "" || cfg.TLS.KeyFile == "" {
		return nil
	}
	cert, err := readFile(cfg.TLS.CertFile)
	if err != nil {
		return []Problem{f.at("tls.cert_file", err.Error(), "check the path and its permissions")}
	}
	key, err := readFile(cfg.TLS.KeyFile)
	if err != nil {
		return []Problem{f.at("tls.key_file", err.Error(), "check the path and its permissions")}
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		return []Problem{f.at("tls.cert_file", err.Error(), "give a certificate chain in PEM and the private key that belongs to it")}
	}
	return nil
}

// at makes a problem of a setting, with its line when the file holds it.
func (f *file) at(path, message, remedy string) Problem {
	p := Problem{Key: path, Message: message, Remedy: remedy}
	if line, ok := f.lines[path]; ok {
		p.File, p.Line = f.name, line
	}
	return p
}

// check finds settings that parse but cannot work.
func check(cfg *Config, f file) []Problem {
	var problems []Problem
	bad := func(path, message, remedy string) { problems = append(problems, f.at(path, message, remedy)) }
	if _, _, err := net.SplitHostPort(cfg.Listen); err != nil {
		bad("listen", fmt.Sprintf("%q is no address", cfg.Listen), "write HOST:PORT, such as 127.0.0.1:8080")
	}
	if cfg.Landing.SealAfter.Std() < time.Second {
		bad("landing.seal_after", "is below 1s", "use 1s or more")
	}
	checkRetention(cfg, bad)
	if (cfg.TLS.CertFile == "") != (cfg.TLS.KeyFile == "") {
		bad("tls", "only one of cert_file and key_file is set", "set both, or neither")
	}
	if cfg.Firehose.MaxBody > 64<<20 || cfg.Firehose.MaxBody < 1<<10 {
		bad("firehose.max_body", cfg.Firehose.MaxBody.String()+" is outside 1KiB to 64MiB", "Firehose itself sends at most 64MiB")
	}
	if cfg.Firehose.MaxInFlight < 2*cfg.Firehose.MaxBody {
		bad("firehose.max_in_flight", cfg.Firehose.MaxInFlight.String()+" is less than twice firehose.max_body", "use at least "+(2*cfg.Firehose.MaxBody).String())
	}
	checkPositive(cfg, bad)
	if cfg.Pprof.Listen != "" && !loopback(cfg.Pprof.Listen) {
		bad("pprof.listen", cfg.Pprof.Listen+" is not a loopback address", "use 127.0.0.1:6060")
	}
	checkLog(cfg, bad)
	checkKeys(cfg, bad)
	checkLake(cfg, bad)
	checkCollector(cfg, bad)
	return problems
}

// checkRetention refuses ages below the grain of landing: objects are deleted by the hour of their arrival.
func checkRetention(cfg *Config, bad func(path, message, remedy string)) {
	short := func(path string, age Duration) {
		if age != 0 && age.Std() < time.Hour {
			bad(path, "is shorter than an hour", "write 400d, 36h, or 0 to keep everything")
		}
	}
	short("landing.retention", cfg.Landing.Retention)
	short("landing.quarantine_retention", cfg.Landing.QuarantineRetention)
}

// checkPositive refuses a 0 where it would not mean "no limit".
func checkPositive(cfg *Config, bad func(path, message, remedy string)) {
	zero := func(path string, value int64) {
		if value == 0 {
			bad(path, "is 0", "leave it out for the default, or give a limit")
		}
	}
	zero("firehose.read_timeout", int64(cfg.Firehose.ReadTimeout))
	zero("landing.seal_bytes", int64(cfg.Landing.SealBytes))
	zero("landing.quarantine_quota", int64(cfg.Landing.QuarantineQuota))
	zero("lake.commit_every", int64(cfg.Lake.CommitEvery))
	zero("lake.compact_every", int64(cfg.Lake.CompactEvery))
	zero("lake.memory", int64(cfg.Lake.Memory))
	zero("query.memory_limit", int64(cfg.Query.MemoryLimit))
	zero("query.timeout", int64(cfg.Query.Timeout))
	zero("query.max_concurrent", int64(cfg.Query.MaxConcurrent))
	zero("cache.max_bytes", int64(cfg.Cache.MaxBytes))
}

func checkLog(cfg *Config, bad func(path, message, remedy string)) {
	switch cfg.Log.Level {
	case "debug", "info", "warn", "error":
	default:
		bad("log.level", fmt.Sprintf("%q is no level", cfg.Log.Level), "use debug, info, warn or error")
	}
	if cfg.Log.Format != "text" && cfg.Log.Format != "json" {
		bad("log.format", fmt.Sprintf("%q is no format", cfg.Log.Format), "use text or json")
	}
}

func checkKeys(cfg *Config, bad func(path, message, remedy string)) {
	name, account := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`), regexp.MustCompile(`^\d{10,12}$`)
	seen := map[string]bool{}
	if cfg.Firehose.AccessKey != "" {
		seen[DefaultKeyName] = true
	}
	for i, k := range cfg.Firehose.AccessKeys {
		path := fmt.Sprintf("firehose.access_keys[%d]", i)
		switch {
		case !name.MatchString(k.Name):
			bad(path, fmt.Sprintf("name %q is no key name", k.Name), "use 1 to 64 letters, digits, '_', '.' or '-'")
		case seen[k.Name]:
			bad(path, "the name "+k.Name+" is taken", "give each key its own name; a second key of one sender is next_key")
		case k.Key == "":
			bad(path, "has no key", "set key or key_file")
		case len(k.Key) > 4096 || len(k.NextKey) > 4096:
			bad(path, "key is longer than 4096 bytes", "Firehose sends at most 4096 bytes")
		}
		seen[k.Name] = true
		for _, a := range k.Accounts {
			if !account.MatchString(a) {
				bad(path, fmt.Sprintf("account %q is no account id", a), "write the 12 digits, in quotes")
			}
		}
	}
}

// DefaultKeyName is the name of the key set by firehose.access_key.
const DefaultKeyName = "default"

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Loopback reports whether the listener can be reached from this machine alone.
func (c *Config) Loopback() bool { return loopback(c.Listen) }
