//go:build peers

package peers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph/peers/servers"
)

// MiniStack starts with every set of options, listens on loopback alone, answers, and ends without leaving anything.
func TestMiniStackStopsWithItsTest(t *testing.T) {
	for name, opt := range map[string]servers.MiniStackOptions{
		"zero options":                 {},
		"everything":                   {Auth: true, CloudTrail: true},
		"another account and a region": {AccountID: "111122223333", Region: "us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			test := &recorder{TB: t}
			s := servers.MiniStack(test, opt)
			database := servers.Database(t)
			_, err := glue.NewFromConfig(s.SDK(t)).CreateDatabase(t.Context(), &glue.CreateDatabaseInput{
				DatabaseInput: &gluetypes.DatabaseInput{Name: aws.String(database)},
			})
			if err != nil {
				t.Error(err)
			}
			test.end()
			expectGone(t, s, test)
		})
	}
}

// Trino asks no other host: a Glue endpoint that is elsewhere is refused by the trap, and fails the test.
func TestTrinoIsTrapped(t *testing.T) {
	test := &recorder{TB: t}
	elsewhere := servers.Server{URL: "http://192.0.2.1", Region: "eu-west-1", AccessKey: "test", SecretKey: "testtest"}
	s := servers.Trino(test, &elsewhere, &elsewhere)
	if _, err := askTrino(t, s, "SHOW SCHEMAS FROM awsdatacatalog"); err == nil {
		t.Error("it answered from a Glue that is not there")
	}
	test.end()
	if len(test.told) == 0 || !strings.Contains(test.told[0], "POST 192.0.2.1") {
		t.Errorf("told %q", test.told)
	}
	test.told = nil
	expectGone(t, s, test)
}

// expectGone fails when the server still answers, or its test was told of anything.
func expectGone(t *testing.T, s *servers.Server, test *recorder) {
	t.Helper()
	if answer, err := http.Get(s.URL); err == nil { //nolint:noctx // a loopback port that nobody has
		answer.Body.Close()
		t.Error("it still answers")
	}
	if len(test.told) > 0 {
		t.Errorf("the test was told %q", test.told)
	}
}

// recorder is a test that is expected to fail: it keeps what it is told and runs its cleanups when asked.
type recorder struct {
	testing.TB
	told     []string
	cleanups []func()
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

func (r *recorder) Error(args ...any) { r.told = append(r.told, fmt.Sprint(args...)) }
func (r *recorder) Cleanup(f func())  { r.cleanups = append(r.cleanups, f) }

// end runs the cleanups as the end of a test does.
func (r *recorder) end() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	r.cleanups = nil
}
