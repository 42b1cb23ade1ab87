package athena

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"

	"limnograph"
)

// api is what the engine needs of the SDK's client.
type api interface {
	StartQueryExecution(ctx context.Context, in *athena.StartQueryExecutionInput, opts ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error)
	GetQueryExecution(ctx context.Context, in *athena.GetQueryExecutionInput, opts ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error)
	GetQueryResults(ctx context.Context, in *athena.GetQueryResultsInput, opts ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error)
	StopQueryExecution(ctx context.Context, in *athena.StopQueryExecutionInput, opts ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error)
}

// Engine answers queries over the published tables of one database. It is safe for concurrent use.
type Engine struct {
	cfg    Config
	client api
	slots  chan struct{} // one for each execution at work
}

var _ limnograph.Engine = (*Engine)(nil)

// New returns an engine. Nothing is asked before the first query.
func New(cfg aws.Config, opt Config) *Engine {
	opt = opt.withDefaults()
	return &Engine{cfg: opt, client: athena.NewFromConfig(cfg), slots: make(chan struct{}, opt.MaxConcurrent)}
}

// Query runs q to its end, then returns rows that read the stored result. A range restricts the partitions that are
// read, not the rows. The principal is not looked at here (package access does). Errors: CodeInvalid (SQL, with line
// and column), CodeForbidden (names outside the published ones), CodeNotFound (a table of our own text is missing),
// CodeTooLarge (the text, or the workgroup's limit of scanned bytes), CodeTimeout, CodeUnavailable (throttled, out of
// resources, not reachable; the caller has gone: then also context.Canceled). The error of an execution that Athena
// charges is a limnograph.Metered too.
func (e *Engine) Query(ctx context.Context, _ limnograph.Principal, q limnograph.Query) (limnograph.Rows, error) {
	s := e.begin(ctx, q)
	rows, err := s.run(q)
	if err != nil {
		s.cancel()
		return nil, err
	}
	return rows, nil
}
