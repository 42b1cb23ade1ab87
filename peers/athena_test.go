//go:build peers

package peers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkathena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"limnograph"
	"limnograph/aws/athena"
	"limnograph/conformance"
	"limnograph/peers/servers"
)

func openAthena(t *testing.T, s *servers.Server, l *lake, configure ...func(*athena.Config)) *athena.Engine {
	t.Helper()
	opt := athena.Config{
		Database: l.database, OutputLocation: "s3://" + l.bucket + "/results/",
		Published: func(context.Context) ([]limnograph.Schema, error) { return l.schemas, nil },
	}
	for _, c := range configure {
		c(&opt)
	}
	return athena.New(s.SDK(t), opt)
}

// TestAthenaProtocol asks MiniStack, whose Athena starts, polls, pages and stops like AWS's, but runs the SQL on DuckDB:
// the SQL of Athena is tested on Trino.
func TestAthenaProtocol(t *testing.T) {
	const (
		views  = "views of the catalogue are not read"
		shapes = "arrays, maps and rows come as text, on AWS too: aws/athena hands it through"
		zones  = "DuckDB in Python wants pytz for a time with a zone, which is not installed"
		series = "DuckDB has no function sequence"
	)
	s := pool.MiniStack(t, servers.MiniStackOptions{})
	l := publishEngineTables(t, s, s)
	conformance.Engine(t, func(t *testing.T) limnograph.Engine { return openAthena(t, s, l) }, []conformance.Lack{
		{Outcome: "RowsOfNames/Datapoints", Instead: views},
		{Outcome: "RowsOfNames/NoPoints", Instead: views},
		{Outcome: "RowsOfNames/FlatColumns", Instead: views},
		{Outcome: "RowsOfNames/OtherDay", Instead: views},
		{Outcome: "RangePrunesWithoutChangingTheAnswer", Instead: views},
		{Outcome: "RowsOfNames/Statistics", Instead: "types of the catalogue are not read: value is no map"},
		{Outcome: "Values/Array", Instead: shapes},
		{Outcome: "Values/ArrayOfDates", Instead: shapes},
		{Outcome: "Values/Map", Instead: shapes},
		{Outcome: "Values/MapOfNaN", Instead: shapes},
		{Outcome: "Values/MapOfMoments", Instead: shapes},
		{Outcome: "Values/Nested", Instead: shapes},
		{Outcome: "Values/Row", Instead: shapes},
		{Outcome: "Values/Bytes", Instead: "bytes come as Python writes them, not as hexadecimal digits"},
		{Outcome: "Values/Moment", Instead: zones},
		{Outcome: "ParametersAreBound", Instead: zones},
		{Outcome: "ColumnsAreNamedAndTyped", Instead: zones},
		{Outcome: "ErrorsHaveCodes", Instead: "reasons of failures are DuckDB's"},
		{Outcome: "LargeResultStreams", Instead: series},
		{Outcome: "CancelledWhileRunning", Instead: series},
		{Outcome: "CancelledWhileReading", Instead: series},
		{Outcome: "ClosedBeforeTheEnd", Instead: series},
		{Outcome: "TimeLimit", Instead: series},
	}...)
}

// slowOnDuckDB would run for hours.
const slowOnDuckDB = `SELECT count(*) FROM range(1000000) a(x), range(1000000) b(y) WHERE (x * y) % 1000003 = 17`

// What the suite's SQL does not reach on MiniStack, in DuckDB's dialect.
func TestAthenaPagesAndUsage(t *testing.T) {
	s := pool.MiniStack(t, servers.MiniStackOptions{})
	l := publishEngineTables(t, s, s)
	e := openAthena(t, s, l)
	rows, usage, err := result(t.Context(), e, limnograph.Query{SQL: `SELECT range AS n, nullif(range % 2, 0) AS odd FROM range(2500) ORDER BY 1`})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row[0] != int64(i) || (row[1] == nil) != (i%2 == 0) {
			t.Fatalf("row %d is %v", i, row)
		}
	}
	if len(rows) != 2500 || usage.BytesScanned == 0 || usage.CostUSD != 10*5.0/(1<<20) {
		t.Errorf("%d rows, %+v", len(rows), usage)
	}
}

func TestAthenaStopsAbandonedExecutions(t *testing.T) {
	s := pool.MiniStack(t, servers.MiniStackOptions{})
	l := newLake(t, s, s)
	client := sdkathena.NewFromConfig(s.SDK(t))
	for name, limit := range map[string]time.Duration{"Cancelled": 0, "TimeLimit": 2 * time.Second} {
		t.Run(name, func(t *testing.T) {
			before := executions(t, client)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			e := openAthena(t, s, l, func(c *athena.Config) {
				looks := 0
				c.Wait = func(ctx context.Context, d time.Duration) error {
					if looks++; looks == 3 && limit == 0 {
						cancel()
					}
					return pause(ctx, d)
				}
			})
			_, _, err := result(ctx, e, limnograph.Query{SQL: slowOnDuckDB, Timeout: limit})
			if code := limnograph.ErrorCode(err); (limit == 0) != errors.Is(err, context.Canceled) || (limit > 0) != (code == limnograph.CodeTimeout) {
				t.Errorf("%v", err)
			}
			for id, state := range executions(t, client) {
				if _, old := before[id]; !old && state != types.QueryExecutionStateCancelled {
					t.Errorf("execution %s is %s", id, state)
				}
			}
		})
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// executions are all of the workgroup, with their states.
func executions(t *testing.T, client *sdkathena.Client) map[string]types.QueryExecutionState {
	t.Helper()
	list, err := client.ListQueryExecutions(t.Context(), &sdkathena.ListQueryExecutionsInput{WorkGroup: aws.String("primary")})
	if err != nil {
		t.Fatal(err)
	}
	states := make(map[string]types.QueryExecutionState)
	for _, id := range list.QueryExecutionIds {
		x, err := client.GetQueryExecution(t.Context(), &sdkathena.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil {
			t.Fatal(err)
		}
		states[id] = x.QueryExecution.Status.State
	}
	return states
}

func TestAthenaWorkgroup(t *testing.T) {
	s := pool.MiniStack(t, servers.MiniStackOptions{})
	l := newLake(t, s, s)
	client, name := sdkathena.NewFromConfig(s.SDK(t)), servers.Name(t)
	_, err := client.CreateWorkGroup(t.Context(), &sdkathena.CreateWorkGroupInput{Name: &name, Configuration: &types.WorkGroupConfiguration{
		ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://" + l.bucket + "/workgroup/")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	e := openAthena(t, s, l, func(c *athena.Config) { c.Workgroup, c.OutputLocation = name, "" })
	if rows, _, err := result(t.Context(), e, limnograph.Query{SQL: `SELECT 1`}); err != nil || len(rows) != 1 {
		t.Fatalf("%v, %v", rows, err)
	}
	list, err := client.ListQueryExecutions(t.Context(), &sdkathena.ListQueryExecutionsInput{WorkGroup: &name})
	if err != nil || len(list.QueryExecutionIds) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
