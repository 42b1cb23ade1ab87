//go:build peers

package peers_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"limnograph/peers/servers"
)

func TestZZ(t *testing.T) {
	s := newStage(t, nil, 200)
	limno := s.record(t)
	client := glue.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &s.URL, HTTPClient: servers.LoopbackClient(t),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	r, err := client.StartJobRun(t.Context(), &glue.StartJobRunInput{JobName: aws.String("orders-raw")})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		time.Sleep(time.Second)
		client.GetJobRun(t.Context(), &glue.GetJobRunInput{JobName: aws.String("orders-raw"), RunId: r.JobRunId})
	}
	q, _ := http.NewRequest("POST", s.URL+"/api/v1/collect", strings.NewReader(`{"jobName":"orders-raw","jobRunId":"`+*r.JobRunId+`"}`))
	q.Header.Set("Authorization", "Bearer "+stageToken)
	q.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(a.Body)
	t.Log(a.Status, string(b))
	for range 3 {
		time.Sleep(2 * time.Second)
		t.Logf("%q", limno.query(t, "SELECT job_name, job_run_id, state FROM job_runs"))
		t.Logf("%q", limno.query(t, "SELECT job_name FROM jobs"))
		out, err := limnoCommand(t, []string{"HOME=" + t.TempDir()}, "query", "--url", limno.url, "--token", "token", "--format", "csv", "select count(*) from job_runs").CombinedOutput()
		t.Logf("%q %v", out, err)
	}
	t.Log(limno.printed())
}
