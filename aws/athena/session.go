package athena

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"limnograph"
)

// session is one query at work: its time limit and its execution.
type session struct {
	engine    *Engine
	ctx       context.Context // ends at the time limit
	cancel    context.CancelFunc
	limit     time.Duration
	untrusted bool
	id        string // of the execution
}

var errTimeLimit = errors.New("time limit of the query")

func (e *Engine) begin(ctx context.Context, q limnograph.Query) *session {
	s := &session{engine: e, limit: e.cfg.timeout(q), untrusted: q.Untrusted}
	s.ctx, s.cancel = context.WithTimeoutCause(ctx, s.limit, errTimeLimit)
	return s
}

// run executes the query while it has a place among the concurrent ones; reading needs none.
func (s *session) run(q limnograph.Query) (*rows, error) {
	select {
	case s.engine.slots <- struct{}{}:
		defer func() { <-s.engine.slots }()
	case <-s.ctx.Done():
		return nil, busy(s.ctx)
	}
	text, err := s.engine.statement(s.ctx, q)
	if err != nil {
		return nil, s.explain("prepare query", err)
	}
	if err := s.start(text); err != nil {
		return nil, err
	}
	done, err := s.await()
	if err != nil {
		return nil, s.abandon(err)
	}
	usage := s.engine.usage(done)
	if done.Status.State != types.QueryExecutionStateSucceeded {
		return nil, charged(s.failure(done.Status), usage)
	}
	return s.open(done, usage)
}

func busy(ctx context.Context) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "run query", Message: "too many queries are running",
		Hint: "try again later", Err: ctx.Err(),
	}
}

// start begins the execution. The token makes every repetition of the call mean the same execution: so when the asker
// goes while the call is on its way, a repetition tells what is to be stopped.
func (s *session) start(text string) error {
	if err := s.ctx.Err(); err != nil {
		return s.explain("start query", err)
	}
	in := s.request(text)
	err := s.submit(s.ctx, in)
	if err == nil || s.ctx.Err() == nil {
		return s.explain("start query", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), stopTimeout)
	defer cancel()
	if again := s.submit(ctx, in); again != nil {
		return s.explain("start query", err) // it was refused, or Athena is away: nothing runs that we know of
	}
	return s.abandon(err)
}

func (s *session) request(text string) *athena.StartQueryExecutionInput {
	cfg := s.engine.cfg
	in := &athena.StartQueryExecutionInput{
		QueryString: &text, WorkGroup: &cfg.Workgroup, ClientRequestToken: aws.String(cfg.Token()),
		QueryExecutionContext: &types.QueryExecutionContext{Catalog: &cfg.Catalog, Database: &cfg.Database},
	}
	if cfg.OutputLocation != "" {
		in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: &cfg.OutputLocation}
	}
	return in
}

func (s *session) submit(ctx context.Context, in *athena.StartQueryExecutionInput) error {
	out, err := s.engine.client.StartQueryExecution(ctx, in)
	if err != nil {
		return err
	}
	if s.id = aws.ToString(out.QueryExecutionId); s.id == "" {
		return errors.New("the answer has no execution id")
	}
	return nil
}

// The first look comes after firstWait; the pauses grow by half, up to maxWait, and each is spread by a quarter.
const (
	firstWait = 250 * time.Millisecond
	maxWait   = 5 * time.Second
)

// await looks at the execution until it has ended.
func (s *session) await() (*types.QueryExecution, error) {
	for pause := firstWait; ; pause = min(maxWait, pause+pause/2) {
		spread := 0.75 + s.engine.cfg.Jitter()/2
		if err := s.engine.cfg.Wait(s.ctx, time.Duration(float64(pause)*spread)); err != nil {
			return nil, err
		}
		x, err := s.look(s.ctx)
		if err != nil || hasEnded(x) {
			return x, err
		}
	}
}

func (s *session) look(ctx context.Context) (*types.QueryExecution, error) {
	out, err := s.engine.client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &s.id})
	if err != nil {
		return nil, err
	}
	if out.QueryExecution == nil || out.QueryExecution.Status == nil {
		return nil, errors.New("the answer has no execution")
	}
	return out.QueryExecution, nil
}

func hasEnded(x *types.QueryExecution) bool {
	switch x.Status.State {
	case types.QueryExecutionStateSucceeded, types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
		return true
	}
	return false
}

// abandon stops an execution that nobody waits for any more, and tells what it has cost until then.
func (s *session) abandon(cause error) error {
	cause = s.explain("run query", cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), stopTimeout)
	defer cancel()
	if _, err := s.engine.client.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &s.id}); err != nil {
		return errors.Join(cause, &limnograph.Error{
			Code: limnograph.CodeUnavailable, Op: "stop query", Message: "the execution " + s.id + " may still run",
			Hint: "stop it in the Athena console", Err: withoutRequest(err),
		})
	}
	x, err := s.look(ctx)
	if err != nil {
		return cause // what it cost is not known; the cause matters more
	}
	return charged(cause, s.engine.usage(x))
}
