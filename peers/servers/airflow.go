package servers

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// dagLimit bounds one `airflow dags test`: some DAGs of some versions never end.
const dagLimit = 4 * time.Minute

// Airflow is an installed Airflow with a database of its own. It runs one DAG at a time.
type Airflow struct {
	Version string // 2 or 3

	program string
	home    string
	trap    *trap
}

// NewAirflow makes a database for the Airflow of that major version, which ends with the test.
func NewAirflow(t testing.TB, version string) *Airflow {
	t.Helper()
	program, err := installed("airflow", "py-airflow"+version, "bin", "airflow")
	if err != nil {
		t.Fatal(err)
	}
	pool := forTest(t)
	if err := pool.open(); err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp(pool.dir, "airflow-")
	if err != nil {
		t.Fatal(err)
	}
	a := &Airflow{Version: version, program: program, home: home, trap: pool.trap}
	if code, output := a.run(t, nil, "db", "migrate"); code != 0 {
		t.Fatalf("airflow db migrate ended with %d:\n%s", code, tail(output))
	}
	return a
}

// TestDAG runs a DAG of a directory once, with its tasks in one process, and returns the exit code, which is 0 for a DAG
// run that succeeded, and what was printed, tasks' logs too. The directory is copied: Python writes beside its sources.
func (a *Airflow) TestDAG(t testing.TB, dags, dag string, env ...string) (code int, output string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "dags")
	if err := os.CopyFS(folder, os.DirFS(dags)); err != nil {
		t.Fatal(err)
	}
	return a.run(t, append(env, "AIRFLOW__CORE__DAGS_FOLDER="+folder), "dags", "test", dag)
}

func (a *Airflow) run(t testing.TB, env []string, args ...string) (code int, output string) {
	t.Helper()
	a.trap.watch(t)
	c := command{path: a.program, args: args, env: append(a.environment(), env...), dir: a.home}
	code, output, err := c.run(t.Context(), dagLimit)
	if err != nil && t.Context().Err() == nil {
		t.Fatalf("airflow %v: %v", args, err)
	}
	return code, output
}

// environment is a quiet Airflow that tells nobody of itself.
func (a *Airflow) environment() []string {
	return append(a.trap.environment(a.home),
		"AIRFLOW_HOME="+a.home,
		"AIRFLOW__CORE__LOAD_EXAMPLES=False",
		"AIRFLOW__OPENLINEAGE__DISABLED=True",
		"AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False",
		"AWS_EC2_METADATA_DISABLED=true",
	)
}
