// Package config reads limno's configuration: one YAML file, environment variables over it, command-line flags over
// both. Every key has one spelling in each place (firehose.max_body = LIMNO_FIREHOSE_MAX_BODY).
//
// It parses and checks; it opens no store, starts nothing, and knows no default that only a part can know (a zero
// value means that the part decides).
package config

import (
	"time"
)

// Config is the whole configuration. Tags: yaml names the key, doc explains it in `limno config keys`, secret hides
// its value.
type Config struct {
	Data         string    `yaml:"data" doc:"data directory; default by the platform's convention"`
	Listen       string    `yaml:"listen" doc:"address of the endpoint, the API and the page"`
	Token        string    `yaml:"token" secret:"true" doc:"admin token; default: generated into admin-token of the data directory"`
	TokenFile    string    `yaml:"token_file" doc:"file that holds the admin token"`
	AllowedHosts []string  `yaml:"allowed_hosts" doc:"further host names under which the page may be opened"`
	Storage      string    `yaml:"storage" doc:"where the landed objects are: s3://bucket/prefix; empty: in the data directory"`
	Catalog      string    `yaml:"catalog" doc:"who knows the tables: sqlite (the data directory) or glue"`
	Engine       string    `yaml:"engine" doc:"who answers queries: duckdb (this process), athena or trino"`
	TLS          TLS       `yaml:"tls"`
	Schemas      Schemas   `yaml:"schemas"`
	Firehose     Firehose  `yaml:"firehose"`
	Landing      Landing   `yaml:"landing"`
	Lake         Lake      `yaml:"lake"`
	Query        Query     `yaml:"query"`
	Cache        Cache     `yaml:"cache"`
	Collector    Collector `yaml:"collector"`
	AWS          AWS       `yaml:"aws"`
	Trino        Trino     `yaml:"trino"`
	Log          Log       `yaml:"log"`
	Pprof        Pprof     `yaml:"pprof"`
}

// TLS holds the certificate of the listener; both files are read again when they change.
type TLS struct {
	CertFile string `yaml:"cert_file" doc:"certificate chain in PEM; turns TLS on together with tls.key_file"`
	KeyFile  string `yaml:"key_file" doc:"private key in PEM"`
}

// Schemas says where schema definitions are read from.
type Schemas struct {
	Dir string `yaml:"dir" doc:"directory of schema definitions; default: schemas in the data directory"`
}

// Firehose configures the delivery endpoint.
type Firehose struct {
	AccessKey     string      `yaml:"access_key" secret:"true" doc:"one access key, called default; without any key one is generated into firehose-access-key of the data directory"`
	AccessKeyFile string      `yaml:"access_key_file" doc:"file that holds that access key"`
	AccessKeys    []AccessKey `yaml:"access_keys" doc:"named access keys: {name, key, key_file, next_key, next_key_file, accounts}"`
	MaxBody       Bytes       `yaml:"max_body" doc:"greatest request body after decompression"`
	MaxInFlight   Bytes       `yaml:"max_in_flight" doc:"memory that all requests in flight may take together; beyond it 503"`
	ReadTimeout   Duration    `yaml:"read_timeout" doc:"longest time for a request body to arrive"`
}

// AccessKey is one named key of the delivery endpoint. Key and NextKey are both valid, so that a key can be changed
// without a gap.
type AccessKey struct {
	Name        string   `yaml:"name" doc:"name of the deliverer; the sender partition of what it delivers"`
	Key         string   `yaml:"key" secret:"true" doc:"the key"`
	KeyFile     string   `yaml:"key_file" doc:"file that holds the key"`
	NextKey     string   `yaml:"next_key" secret:"true" doc:"a second valid key, for rotation"`
	NextKeyFile string   `yaml:"next_key_file" doc:"file that holds the second key"`
	Accounts    []string `yaml:"accounts" doc:"account ids whose lines this key may deliver; empty: all"`
}

// Landing configures the durable landing of deliveries.
type Landing struct {
	SealAfter       Duration `yaml:"seal_after" doc:"age at which an open segment becomes a readable object; at least 1s"`
	SealBytes       Bytes    `yaml:"seal_bytes" doc:"size at which it does"`
	MaxBytes        Bytes    `yaml:"max_bytes" doc:"greatest size of landing as a whole; beyond it 503; 0: no limit"`
	MinFree         Bytes    `yaml:"min_free" doc:"space to leave free on the disk; below it 503"`
	QuarantineQuota Bytes    `yaml:"quarantine_quota" doc:"greatest size of quarantine; beyond it deliveries with unreadable lines get 503"`

	PackAfter           Duration `yaml:"pack_after" doc:"how long after its end the objects of an arrival hour are packed into large ones; 0: never"`
	Retention           Duration `yaml:"retention" doc:"how long landing is kept, at most, whatever a schema definition says; 0: as that says"`
	QuarantineRetention Duration `yaml:"quarantine_retention" doc:"how long quarantine is kept; 0: until its quota is reached"`
}

// Lake configures the curated tables of the embedded mode.
type Lake struct {
	CommitEvery  Duration `yaml:"commit_every" doc:"how long an acknowledged datapoint waits to be in its curated table, at most"`
	CompactEvery Duration `yaml:"compact_every" doc:"how long restatements and small files wait to be merged; twelve times as long for datapoints more than 48 h late"`
	Memory       Bytes    `yaml:"memory" doc:"memory of the index of datapoints that a table holds already, for each table"`
}

// Query limits what a query may use.
type Query struct {
	MemoryLimit   Bytes    `yaml:"memory_limit" doc:"memory of the SQL engine"`
	Timeout       Duration `yaml:"timeout" doc:"longest time of one query"`
	Threads       int      `yaml:"threads" doc:"threads of the SQL engine; 0: one per core"`
	MaxConcurrent int      `yaml:"max_concurrent" doc:"queries that run at the same time"`
}

// Log configures the log on standard error.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error"`
	Format string `yaml:"format" doc:"text or json"`
}

// Pprof configures the profiling listener.
type Pprof struct {
	Listen string `yaml:"listen" doc:"loopback address of the profiling listener; empty: off"`
}

// Default returns the configuration of an empty file.
func Default(dataDir string) Config {
	return Config{
		Data:    dataDir,
		Listen:  "127.0.0.1:8080",
		Catalog: CatalogSQLite, Engine: EngineDuckDB,
		Firehose: Firehose{
			MaxBody: 64 << 20, MaxInFlight: 512 << 20, ReadTimeout: Duration(time.Minute),
		},
		Landing: Landing{
			SealAfter: Duration(time.Minute), SealBytes: 64 << 20, MinFree: 512 << 20, QuarantineQuota: 1 << 30,
			PackAfter: Duration(2 * time.Hour),
		},
		Lake:  Lake{CommitEvery: Duration(5 * time.Second), CompactEvery: Duration(5 * time.Minute), Memory: 128 << 20},
		Query: Query{MemoryLimit: 2 << 30, Timeout: Duration(30 * time.Second), MaxConcurrent: 4},
		Cache: Cache{MaxBytes: 10 << 30},
		Trino: Trino{User: "limno"}, Collector: defaultCollector(),
		Log: Log{Level: "info", Format: "text"},
	}
}
