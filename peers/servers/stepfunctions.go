package servers

import (
	"context"
	_ "embed" // for the launcher
	"net/url"
	"testing"
)

// stepFunctionsLauncher starts moto as an interpreter of state machines, with what it lacks for Glue and HTTP.
//
//go:embed moto_stepfunctions.py
var stepFunctionsLauncher string

// StepFunctions starts a moto for the test that really runs state machines. Their service calls go to the port of
// services, such as http://127.0.0.1:PORT, for every service: the server itself answers for Step Functions alone.
func StepFunctions(t testing.TB, services string) *Server {
	t.Helper()
	return forTest(t).get(t, "stepfunctions", Server{Name: "stepfunctions"}, func(_ context.Context, at place) (command, error) {
		python, err := installed("aws", "py-moto", "bin", "python")
		if err != nil {
			return command{}, err
		}
		elsewhere, err := url.Parse(services)
		if err != nil {
			return command{}, err
		}
		return command{
			path: python,
			args: []string{"-c", stepFunctionsLauncher, "-H", "127.0.0.1", "-p", at.port},
			env: append(at.trap.environment(at.dir), "MOTO_PORT="+elsewhere.Port(),
				"MOTO_ACCOUNT_ID="+accountID, "AWS_DEFAULT_REGION="+region, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"),
			dir:   at.dir,
			ready: answers("/moto-api/data.json"),
		}, nil
	})
}
