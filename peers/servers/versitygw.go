package servers

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// VersityGW starts versitygw for the test: S3 alone, strict and fast, over files. It has no notifications.
func VersityGW(t testing.TB) *Server { t.Helper(); return forTest(t).VersityGW(t) }

// VersityGW returns the pool's versitygw.
func (p *Pool) VersityGW(t testing.TB) *Server {
	t.Helper()
	return p.get(t, "versitygw", Server{Name: "versitygw"}, startVersityGW)
}

func startVersityGW(_ context.Context, at place) (command, error) {
	program, err := installed("aws", "bin", "versitygw")
	if err != nil {
		return command{}, err
	}
	data := filepath.Join(at.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return command{}, err
	}
	return command{
		path: program,
		args: []string{
			"--port", at.address(), "--region", region, "--health", "/health",
			"--access-log", filepath.Join(at.dir, "access.log"), "--quiet", "posix", data,
		},
		env:   append(at.trap.environment(at.dir), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey),
		dir:   at.dir,
		ready: answers("/health"),
	}, nil
}
