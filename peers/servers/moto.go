package servers

import (
	"context"
	_ "embed" // for the launcher
	"testing"
)

// motoLauncher starts moto with the parts replaced in which it is not like AWS.
//
//go:embed moto_launcher.py
var motoLauncher string

// Moto starts moto for the test: Glue with partition expressions and an enforced VersionId, S3, SQS, STS, CloudFormation
// in part. Everything is in memory.
func Moto(t testing.TB) *Server { t.Helper(); return forTest(t).Moto(t) }

// Moto returns the pool's moto.
func (p *Pool) Moto(t testing.TB) *Server {
	t.Helper()
	return p.get(t, "moto", Server{Name: "moto"}, startMoto)
}

func startMoto(_ context.Context, at place) (command, error) {
	python, err := installed("aws", "py-moto", "bin", "python")
	if err != nil {
		return command{}, err
	}
	return command{
		path: python,
		args: []string{"-c", motoLauncher, "-H", "127.0.0.1", "-p", at.port},
		env: append(at.trap.environment(at.dir),
			"MOTO_ACCOUNT_ID="+accountID, "AWS_DEFAULT_REGION="+region, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"),
		dir:   at.dir,
		ready: answers("/moto-api/data.json"),
	}, nil
}
