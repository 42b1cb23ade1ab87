package servers

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Trino starts Trino for the test, which takes half a minute: a tier with several tests shares a pool's. Its catalog
// awsdatacatalog reads the tables and views of the Glue server over the objects of the S3 server; tables of Iceberg are
// in catalog iceberg, and reached through both.
func Trino(t testing.TB, glue, s3 *Server) *Server {
	t.Helper()
	return forTest(t).Trino(t, glue, s3)
}

// Trino returns the pool's Trino over the two servers.
func (p *Pool) Trino(t testing.TB, glue, s3 *Server) *Server {
	t.Helper()
	key := strings.Join([]string{"trino", glue.URL, s3.URL}, " ")
	return p.get(t, key, Server{Name: "trino"}, func(_ context.Context, at place) (command, error) {
		return trinoCommand(at, glue, s3)
	})
}

func trinoCommand(at place, glue, s3 *Server) (command, error) {
	launcher, err := installed("trino", "trino", "bin", "launcher")
	if err != nil {
		return command{}, err
	}
	java, err := installed("trino", "java")
	if err != nil {
		return command{}, err
	}
	for name, lines := range trinoFiles(at, glue, s3) {
		path := filepath.Join(at.dir, "etc", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return command{}, err
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			return command{}, err
		}
	}
	return command{
		path: launcher,
		args: []string{"-etc-dir", filepath.Join(at.dir, "etc"), "-data-dir", filepath.Join(at.dir, "data"), "run"},
		env:  append(at.trap.environment(at.dir), "JAVA_HOME="+java),
		dir:  at.dir, ready: trinoReady,
	}, nil
}

// trinoReady asks for the node that runs queries: Trino answers before it has found itself.
func trinoReady(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := Statement(ctx, client, url, "SELECT node_id FROM system.runtime.nodes WHERE state = 'active'")
	return err == nil && len(answer.Rows) > 0
}

// trinoFiles are the lines of the files below etc.
func trinoFiles(at place, glue, s3 *Server) map[string][]string {
	return map[string][]string{
		"node.properties": {
			"node.environment=test", "node.id=trino", "node.bind-ip=127.0.0.1", "node.internal-address=127.0.0.1",
			"node.data-dir=" + filepath.Join(at.dir, "data"),
		},
		"config.properties": {
			"coordinator=true", "node-scheduler.include-coordinator=true",
			"http-server.http.port=" + at.port, "discovery.uri=http://" + at.address(),
			"query.max-memory-per-node=256MB",
			"catalog.management=dynamic", // a node that is active has every catalog; a static one announces them some time later
		},
		"jvm.config":                        trinoJVM(at.trap),
		"log.properties":                    {"io.trino=INFO"},
		"catalog/awsdatacatalog.properties": trinoHive(glue, s3),
		"catalog/iceberg.properties":        trinoIceberg(glue, s3),
	}
}

// trinoJVM starts in half the time and a third of the memory that a server for many users would take.
func trinoJVM(t *trap) []string {
	return append([]string{
		"-server", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError",
		"-XX:ReservedCodeCacheSize=256M", "-Djdk.attach.allowAttachSelf=true", "-Dfile.encoding=UTF-8",
	}, t.javaOptions()...)
}

// trinoHive is named as on Athena, so that the same view text and the same three-part names work on both.
func trinoHive(glue, s3 *Server) []string {
	return append(trinoConnection(glue, s3),
		"connector.name=hive", "hive.metastore=glue", "hive.iceberg-catalog-name=iceberg")
}

func trinoIceberg(glue, s3 *Server) []string {
	return append(trinoConnection(glue, s3), "connector.name=iceberg", "iceberg.catalog.type=glue")
}

func trinoConnection(glue, s3 *Server) []string {
	return []string{
		"hive.metastore.glue.region=" + glue.Region,
		"hive.metastore.glue.endpoint-url=" + glue.URL,
		"hive.metastore.glue.aws-access-key=" + glue.AccessKey,
		"hive.metastore.glue.aws-secret-key=" + glue.SecretKey,
		"fs.native-s3.enabled=true",
		"s3.path-style-access=true",
		"s3.region=" + s3.Region,
		"s3.endpoint=" + s3.URL,
		"s3.aws-access-key=" + s3.AccessKey,
		"s3.aws-secret-key=" + s3.SecretKey,
		fmt.Sprintf("s3.max-connections=%d", 64),
	}
}
