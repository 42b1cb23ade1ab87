package servers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The same for all servers, so that a test can take S3 from one and Glue from another.
const (
	region    = "eu-west-1"
	accessKey = "test"
	secretKey = "testtest"
	accountID = "123456789012"
)

// Server is a server that runs and answers.
type Server struct {
	Name      string // moto, ministack, versitygw, trino
	URL       string // http://127.0.0.1:PORT
	Region    string
	AccessKey string // of the root user; Trino asks for none
	SecretKey string
	AccountID string // 12 digits

	process *process
	trap    *trap
}

// SDK returns the configuration of an AWS client that asks the server and no other host. It tries each call once, but for
// connections that end in the midst of an answer: the emulators cut one now and then.
func (s *Server) SDK(t testing.TB) aws.Config {
	t.Helper()
	return aws.Config{
		Region:       s.Region,
		BaseEndpoint: aws.String(s.URL),
		HTTPClient:   LoopbackClient(t),
		Retryer:      func() aws.Retryer { return retry.NewStandard(cutConnections) },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: s.AccessKey, SecretAccessKey: s.SecretKey, Source: "servers"}, nil
		}),
	}
}

// cutConnections makes a retryer try again after a cut connection alone: what the emulators lack they answer with 500, which
// is no reason.
func cutConnections(o *retry.StandardOptions) {
	o.Retryables = []retry.IsErrorRetryable{retry.RetryableConnectionError{}, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		return aws.BoolTernary(errors.Is(err, net.ErrClosed))
	})}
}

// Bucket creates an empty bucket and returns its name.
func (s *Server) Bucket(t testing.TB) string {
	t.Helper()
	name := Name(t)
	client := s3.NewFromConfig(s.SDK(t), func(o *s3.Options) { o.UsePathStyle = true })
	input := &s3.CreateBucketInput{Bucket: aws.String(name), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{
		LocationConstraint: s3types.BucketLocationConstraint(s.Region),
	}}
	if _, err := client.CreateBucket(t.Context(), input); err != nil {
		t.Fatalf("create bucket %s on %s: %v", name, s.Name, err)
	}
	return name
}

// Log returns what the server has written so far.
func (s *Server) Log() string { return s.process.output() }

// Environment is what a program needs to take the server for all of AWS. It holds nothing of the test's own environment but
// PATH, and proxies that refuse every other host; the test fails when one was asked for.
func (s *Server) Environment(t testing.TB) []string {
	t.Helper()
	s.trap.watch(t)
	return append(s.trap.environment(t.TempDir()),
		"AWS_ENDPOINT_URL="+s.URL,
		"AWS_REGION="+s.Region,
		"AWS_DEFAULT_REGION="+s.Region,
		"AWS_ACCESS_KEY_ID="+s.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+s.SecretKey,
		"AWS_EC2_METADATA_DISABLED=true",
	)
}

// Name returns a name that no other test has: lower case, good for a bucket, a queue, a database (with _ for -) or a stack.
func Name(t testing.TB) string {
	t.Helper()
	suffix := make([]byte, 5)
	if _, err := rand.Read(suffix); err != nil {
		t.Fatal(err)
	}
	return "limno-" + hex.EncodeToString(suffix)
}

// Database returns a Name for a database of the catalogue: letters, digits and _.
func Database(t testing.TB) string {
	t.Helper()
	return strings.ReplaceAll(Name(t), "-", "_")
}

// answers asks a path once, and reports whether the answer is 200.
func answers(path string) func(ctx context.Context, url string) bool {
	return func(ctx context.Context, url string) bool {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, http.NoBody)
		if err != nil {
			return false
		}
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}
}
