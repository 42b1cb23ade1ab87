package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// The values of catalog and engine.
const (
	CatalogSQLite = "sqlite"
	CatalogGlue   = "glue"
	EngineDuckDB  = "duckdb"
	EngineAthena  = "athena"
	EngineTrino   = "trino"
)

// Cache bounds the local copies of objects in S3 that DuckDB reads.
type Cache struct {
	Dir      string `yaml:"dir" doc:"folder of the local copies of objects in S3; default: cache in the data directory"`
	MaxBytes Bytes  `yaml:"max_bytes" doc:"greatest size of these copies; a query over more is refused"`
}

// AWS says how AWS is reached, and what is used there. What is left empty comes from the SDK's own sources: AWS_*
// variables, ~/.aws, the role of the machine.
type AWS struct {
	Region        string    `yaml:"region" doc:"region; default: AWS_REGION, then the profile's"`
	Profile       string    `yaml:"profile" doc:"profile of the shared AWS files; default: AWS_PROFILE"`
	Endpoint      string    `yaml:"endpoint" doc:"address of all services, for servers other than AWS"`
	Endpoints     Endpoints `yaml:"endpoints"`
	RoleARN       string    `yaml:"role_arn" doc:"role to assume"`
	ExternalID    string    `yaml:"external_id" doc:"external id that the role's trust policy asks for"`
	Database      string    `yaml:"database" doc:"database of the Glue Data Catalog"`
	Workgroup     string    `yaml:"workgroup" doc:"workgroup of Athena; default: primary"`
	Output        string    `yaml:"output" doc:"s3://bucket/prefix of Athena's results; default: the workgroup's"`
	Notifications string    `yaml:"notifications" doc:"URL of the SQS queue with the bucket's notifications: this server then writes the catalogue; empty: it only reads it"`
	Schemas       string    `yaml:"schemas" doc:"s3://bucket/prefix of the schema definitions that a server with aws.notifications writes tables from; default: schemas below storage"`
}

// Endpoints are the addresses of single services.
type Endpoints struct {
	S3             string `yaml:"s3" doc:"address of S3 alone"`
	SQS            string `yaml:"sqs" doc:"address of SQS alone"`
	Glue           string `yaml:"glue" doc:"address of Glue alone"`
	Athena         string `yaml:"athena" doc:"address of Athena alone"`
	STS            string `yaml:"sts" doc:"address of STS alone"`
	CloudWatch     string `yaml:"cloudwatch" doc:"address of CloudWatch alone"`
	CloudFormation string `yaml:"cloudformation" doc:"address of CloudFormation alone"`
}

// ByService returns the addresses that are set, by the name of the service.
func (e Endpoints) ByService() map[string]string {
	set := make(map[string]string)
	for name, address := range map[string]string{
		"s3": e.S3, "sqs": e.SQS, "glue": e.Glue, "athena": e.Athena, "sts": e.STS, "cloudformation": e.CloudFormation, "cloudwatch": e.CloudWatch,
	} {
		if address != "" {
			set[name] = address
		}
	}
	return set
}

// Trino says which cluster answers queries.
type Trino struct {
	URL          string `yaml:"url" doc:"address of the coordinator, such as https://trino.example.net:8443"`
	User         string `yaml:"user" doc:"user that Trino sees"`
	Password     string `yaml:"password" secret:"true" doc:"password, over https only"`
	PasswordFile string `yaml:"password_file" doc:"file that holds the password"`
	Catalog      string `yaml:"catalog" doc:"Trino's name of the Glue Data Catalog; default: awsdatacatalog"`
	Schema       string `yaml:"schema" doc:"Trino's name of the database; default: aws.database"`
}

// InBucket reports whether the landed objects are in S3.
func (c *Config) InBucket() bool { return c.Storage != "" }

// checkLake finds storage, catalogue and engine that don't go together.
func checkLake(cfg *Config, bad func(path, message, remedy string)) {
	checkLocations(cfg, bad)
	switch cfg.Catalog {
	case CatalogSQLite:
	case CatalogGlue:
		checkGlue(cfg, bad)
	default:
		bad("catalog", fmt.Sprintf("%q is no catalogue", cfg.Catalog), "use sqlite or glue")
	}
	switch cfg.Engine {
	case EngineDuckDB:
	case EngineAthena, EngineTrino:
		checkForeignEngine(cfg, bad)
	default:
		bad("engine", fmt.Sprintf("%q is no engine", cfg.Engine), "use duckdb, athena or trino")
	}
	if cfg.AWS.Notifications != "" {
		checkNotifications(cfg, bad)
	}
}

func checkLocations(cfg *Config, bad func(path, message, remedy string)) {
	location := regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$`)
	for _, place := range [...]struct{ path, value string }{{"storage", cfg.Storage}, {"aws.output", cfg.AWS.Output}, {"aws.schemas", cfg.AWS.Schemas}} {
		if place.value != "" && !location.MatchString(place.value) {
			bad(place.path, fmt.Sprintf("%q is no place in S3", place.value), "write s3://bucket/prefix")
		}
	}
}

const storageRemedy = "set storage: s3://bucket/prefix, where the objects are"

func checkGlue(cfg *Config, bad func(path, message, remedy string)) {
	if cfg.Storage == "" {
		bad("catalog", "glue knows objects in S3 alone", storageRemedy+", or catalog: sqlite")
	}
	if cfg.AWS.Database == "" {
		bad("aws.database", "is not set, and catalog is glue", "name the database of the Glue Data Catalog, such as limnograph")
	}
}

// checkForeignEngine checks an engine that is another system.
func checkForeignEngine(cfg *Config, bad func(path, message, remedy string)) {
	switch {
	case cfg.Storage == "":
		bad("engine", cfg.Engine+" reads objects in S3 alone", storageRemedy+", or engine: duckdb")
	case cfg.Catalog != CatalogGlue:
		bad("engine", cfg.Engine+" reads the tables of the Glue Data Catalog, and catalog is "+cfg.Catalog, "set catalog: glue, or engine: duckdb")
	}
	if cfg.Engine == EngineTrino {
		checkTrino(cfg, bad)
	}
}

func checkTrino(cfg *Config, bad func(path, message, remedy string)) {
	u, err := url.Parse(cfg.Trino.URL)
	switch {
	case cfg.Trino.URL == "":
		bad("trino.url", "is not set, and engine is trino", "give the address of the coordinator, such as https://trino.example.net:8443")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		bad("trino.url", fmt.Sprintf("%q is no address", cfg.Trino.URL), "write https://HOST:PORT")
	case u.Scheme == "http" && cfg.Trino.Password != "":
		bad("trino.password", "would be sent unencrypted", "use https in trino.url")
	}
	if cfg.Trino.User == "" {
		bad("trino.user", "is empty", "leave it out for limno, or name a user")
	}
}

func checkNotifications(cfg *Config, bad func(path, message, remedy string)) {
	if u, err := url.Parse(cfg.AWS.Notifications); err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http") {
		bad("aws.notifications", fmt.Sprintf("%q is no queue URL", cfg.AWS.Notifications), "write it as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME")
	}
	if cfg.Storage == "" {
		bad("aws.notifications", "tells of objects in S3, and storage is the data directory", storageRemedy)
	}
}
