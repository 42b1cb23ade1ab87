//go:build peers

package peers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"limnograph/peers/servers"
)

const airflowDAGs = "../deploy/airflow/dags"

// The DAGs of deploy/airflow run on both versions that they are for. Each version has a database of its own, and the two
// run beside each other.
func TestAirflow(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2", "3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			a := servers.NewAirflow(t, version)
			t.Run("a retry is told of as a run of its own", func(t *testing.T) { airflowRetry(t, a) })
			t.Run("a failure stops the chain and is told of", func(t *testing.T) { airflowFailure(t, a) })
			t.Run("a collector that is down changes nothing", func(t *testing.T) { airflowAlone(t, a) })
			t.Run("the operator of Airflow tells of a failure", func(t *testing.T) { airflowLambda(t, a) })
		})
	}
}

// The first run of staged fails and the second doesn't: five runs, the DAG run succeeds, and limno, which the connection
// names, has each of them as it ended.
func airflowRetry(t *testing.T, a *servers.Airflow) {
	s := newStage(t, map[string][]string{"orders-staged": {"FAILED"}}, http.StatusOK)
	limno := s.record(t, "off")
	address, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	testDAG(t, a, s, "limno_chain", 0,
		"LIMNO_RETRIES=1", "LIMNO_RETRY_SECONDS=1",
		fmt.Sprintf(`AIRFLOW_CONN_LIMNO={"conn_type":"http","schema":"http","host":"127.0.0.1","port":%s,"password":%q}`, address.Port(), stageToken))
	s.wantStarted(t, "orders-raw", "orders-staged", "orders-staged", "orders-curated", "orders-quality")
	s.wantTold(t)
	s.wantRoad(t, "http", 5+4) // by callbacks, and by the last task, which knows the last try alone
	s.wantRecorded(t, limno)
}

// staged fails: what follows never starts, the DAG run fails in spite of its last task, and the function is told.
func airflowFailure(t *testing.T, a *servers.Airflow) {
	s := newStage(t, map[string][]string{"orders-staged": {"FAILED"}}, http.StatusOK)
	function := "arn:aws:lambda:eu-west-1:123456789012:function:limnograph-collect"
	testDAG(t, a, s, "limno_chain", 1, "LIMNO_FUNCTION="+function)
	s.wantStarted(t, "orders-raw", "orders-staged")
	s.wantTold(t)
	s.wantRoad(t, function+" Event", 2+2)
}

// The collector answers 503: the job's run succeeds all the same, and the task's log says what was not told. limno, when it
// is there again, finds the run by itself.
func airflowAlone(t *testing.T, a *servers.Airflow) {
	s := newStage(t, nil, http.StatusServiceUnavailable)
	output := testDAG(t, a, s, "limno_simple", 0, "LIMNO_URL="+s.URL, "LIMNO_TOKEN="+stageToken)
	s.wantStarted(t, "orders-raw")
	s.wantRoad(t, "http", 3)
	if !strings.Contains(output, "limno was not told of run") {
		t.Errorf("the log does not say that the collector is down:\n%s", output)
	}
	s.wantRecorded(t, s.record(t, "on"))
}

// Without the callback module: Airflow's own operator invokes the function although the job failed, with the right run id.
func airflowLambda(t *testing.T, a *servers.Airflow) {
	s := newStage(t, map[string][]string{"orders-raw": {"FAILED"}}, http.StatusOK)
	testDAG(t, a, s, "limno_lambda", 1)
	s.wantStarted(t, "orders-raw")
	s.wantTold(t)
	s.wantRoad(t, "limnograph-collect Event", 1)
}

// testDAG runs a DAG against the stage. The test fails unless it ends with that exit code: 1 is a DAG run that failed.
func testDAG(t *testing.T, a *servers.Airflow, s *stage, dag string, want int, env ...string) (output string) {
	t.Helper()
	aws := `AIRFLOW_CONN_AWS_DEFAULT={"conn_type":"aws","login":"test","password":"test","extra":{"region_name":"eu-west-1","endpoint_url":%q}}`
	env = append([]string{"LIMNO_POLL_SECONDS=1", "LIMNO_RETRIES=0", fmt.Sprintf(aws, s.URL)}, env...)
	code, output := a.TestDAG(t, airflowDAGs, dag, env...)
	if code != want {
		t.Fatalf("%s ended with %d, want %d:\n%s", dag, code, want, output)
	}
	if strings.Contains(output, stageToken) {
		t.Errorf("the token is in the log:\n%s", output)
	}
	return output
}
