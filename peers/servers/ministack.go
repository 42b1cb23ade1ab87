package servers

import (
	"context"
	"fmt"
	"testing"
)

// MiniStackOptions are the settings of a MiniStack; the zero value is one where everything is allowed.
type MiniStackOptions struct {
	Auth       bool   // enforce IAM policies for assumed roles; the server's own keys stay those of root
	CloudTrail bool   // record every call: CloudTrail's LookupEvents gives them back
	AccountID  string // empty: that of the other servers
	Region     string // empty: that of the other servers
}

// MiniStack starts MiniStack for the test: S3 -> SQS -> Lambda with native runtimes, CloudFormation, IAM, Athena over
// DuckDB. GetPartitions ignores its Expression there. Everything is in memory.
func MiniStack(t testing.TB, opt MiniStackOptions) *Server {
	t.Helper()
	return forTest(t).MiniStack(t, opt)
}

// MiniStack returns the pool's MiniStack with those options.
func (p *Pool) MiniStack(t testing.TB, opt MiniStackOptions) *Server {
	t.Helper()
	blank := Server{Name: "ministack", Region: orDefault(opt.Region, region), AccountID: orDefault(opt.AccountID, accountID)}
	return p.get(t, fmt.Sprintf("ministack %+v", opt), blank, func(_ context.Context, at place) (command, error) {
		return miniStackCommand(at, blank, opt)
	})
}

func miniStackCommand(at place, s Server, opt MiniStackOptions) (command, error) {
	program, err := installed("ministack", "py-ministack", "bin", "ministack")
	if err != nil {
		return command{}, err
	}
	env := append(at.trap.environment(at.dir),
		"GATEWAY_PORT="+at.port, "BIND_HOST=127.0.0.1", "MINISTACK_HOST=127.0.0.1",
		"IOT_MTLS_ENABLED=0",                    // it would listen on every address
		"AWS_ENDPOINT_URL=http://"+at.address(), // where functions find AWS
		"MINISTACK_REGION="+s.Region, "MINISTACK_ACCOUNT_ID="+s.AccountID,
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1")
	if opt.Auth {
		env = append(env, "AUTH=true")
	}
	if opt.CloudTrail {
		env = append(env, "CLOUDTRAIL_RECORDING=1")
	}
	return command{path: program, env: env, dir: at.dir, ready: answers("/_ministack/health")}, nil
}
