//go:build peers

package peers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph/objectkey"
	"limnograph/peers/servers"
)

// The aws command, which knows nothing of the product, sees what the function has catalogued: the same tables, the same
// partitions, the same objects.
func TestForeignClientSeesTheTables(t *testing.T) {
	mini := pool.MiniStack(t, servers.MiniStackOptions{})
	for name, on := range map[string]struct{ glue, s3 *servers.Server }{
		"moto and versitygw": {pool.Moto(t), pool.VersityGW(t)},
		"MiniStack":          {mini, mini},
	} {
		t.Run(name, func(t *testing.T) {
			h := simulate(t, 3, firstDay.Add(22*time.Hour), firstDay.Add(26*time.Hour))
			r := newRoad(t, on.glue, on.s3)
			h.store(t, r.client, r.bucket)
			r.catalogue(t, notifications(h, 10))
			aws := newCommand(t, on.glue, on.s3)
			expectTables(t, r, aws)
			expectPartitions(t, r, h, aws)
			expectObjects(t, r, h, aws)
		})
	}
}

// command is the aws command with servers in place of AWS.
type command struct {
	path string
	env  []string
}

func newCommand(t *testing.T, glue, s3 *servers.Server) command {
	t.Helper()
	return command{
		path: servers.Program(t, "ministack", "aws"),
		env:  append(glue.Environment(t), "AWS_ENDPOINT_URL_S3="+s3.URL, "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1"),
	}
}

func (c command) run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.path, args...)
	cmd.Env = c.env
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, failed.String())
	}
	return out
}

// read runs a command that answers with JSON.
func (c command) read(t *testing.T, into any, args ...string) {
	t.Helper()
	if err := json.Unmarshal(c.run(t, append(args, "--output", "json")...), into); err != nil {
		t.Fatal(err)
	}
}

func expectTables(t *testing.T, r *road, aws command) {
	t.Helper()
	var answer struct {
		TableList []struct {
			Name, TableType   string
			PartitionKeys     []struct{ Name string }
			StorageDescriptor struct{ Location string }
		}
	}
	aws.read(t, &answer, "glue", "get-tables", "--database-name", r.database)
	var got []string
	for _, table := range answer.TableList {
		got = append(got, fmt.Sprintln(table.Name, table.TableType, table.PartitionKeys, table.StorageDescriptor.Location))
	}
	slices.Sort(got)
	want := []string{
		"raw_glue_metrics EXTERNAL_TABLE [{sender} {year} {month} {day} {hour}] s3://" + r.bucket + "/landing/metrics/glue_metrics/\n",
		"raw_glue_metrics_flat VIRTUAL_VIEW [] \n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("aws glue get-tables (-want +got):\n%s", diff)
	}
}

func expectPartitions(t *testing.T, r *road, h *history, aws command) {
	t.Helper()
	var answer struct {
		Partitions []struct {
			Values            []string
			StorageDescriptor struct{ Location string }
		}
	}
	aws.read(t, &answer, "glue", "get-partitions", "--database-name", r.database, "--table-name", "raw_glue_metrics")
	var got, want []string
	for _, p := range answer.Partitions {
		got = append(got, fmt.Sprintln(p.Values, p.StorageDescriptor.Location))
	}
	for _, p := range h.partitions(t) {
		values := append([]string{p.Sender}, strings.Split(p.Hour.Format("2006-01-02-15"), "-")...)
		want = append(want, fmt.Sprintln(values, "s3://"+r.bucket+"/"+objectkey.Folder("glue_metrics", p)))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 3 {
		t.Errorf("aws glue get-partitions, %d wanted (-want +got):\n%s", len(want), diff)
	}
}

func expectObjects(t *testing.T, r *road, h *history, aws command) {
	t.Helper()
	var answer struct {
		Contents []struct {
			Key  string
			Size int64
		}
	}
	aws.read(t, &answer, "s3api", "list-objects-v2", "--bucket", r.bucket, "--prefix", objectkey.MetricsPrefix)
	var got, want []string
	for _, o := range answer.Contents {
		got = append(got, fmt.Sprintln(o.Key, o.Size))
	}
	for _, f := range h.files {
		want = append(want, fmt.Sprintln(f.Key, f.Size))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("aws s3api list-objects-v2 (-want +got):\n%s", diff)
	}
	first := h.files[0].Key
	content, err := os.ReadFile(h.path(first))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, aws.run(t, "s3", "cp", "s3://"+r.bucket+"/"+first, "-")) {
		t.Error("aws s3 cp gives other bytes than were put")
	}
}
