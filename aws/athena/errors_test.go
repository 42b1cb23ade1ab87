package athena_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/aws/athena"
)

func TestFailureReasons(t *testing.T) {
	user := object{"State": "FAILED", "StateChangeReason": "something about the query", "AthenaError": object{"ErrorCategory": 2}}
	again := object{"State": "FAILED", "StateChangeReason": "something went wrong", "AthenaError": object{"ErrorCategory": 1, "Retryable": true}}
	quiet := object{"State": "FAILED", "AthenaError": object{"ErrorCategory": 2, "ErrorMessage": "told elsewhere"}}
	tests := map[string]struct {
		state     object
		untrusted bool
		want      limnograph.Code
		text      string
	}{
		"Syntax":       {because("FAILED", "SYNTAX_ERROR: line 1:8: mismatched input"), true, limnograph.CodeInvalid, "SYNTAX_ERROR: line 1:8:"},
		"Column":       {because("FAILED", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"), true, limnograph.CodeInvalid, "line 1:8"},
		"PersonsTable": {because("FAILED", "TABLE_NOT_FOUND: line 1:15: Table 'x' does not exist"), true, limnograph.CodeForbidden, "line 1:15"},
		"PanelsTable":  {because("FAILED", "TABLE_NOT_FOUND: line 1:15: Table 'x' does not exist"), false, limnograph.CodeNotFound, "line 1:15"},
		"ScanLimit":    {because("CANCELLED", "Bytes scanned limit was exceeded"), true, limnograph.CodeTooLarge, "filter on year"},
		"ScanFailed":   {because("FAILED", "Query cancelled! : Bytes scanned limit was exceeded"), true, limnograph.CodeTooLarge, "limit"},
		"Stopped":      {because("CANCELLED", "Query cancelled by user"), true, limnograph.CodeUnavailable, "ask again"},
		"Resources":    {because("FAILED", "Query exhausted resources at this scale factor"), true, limnograph.CodeUnavailable, "less at a time"},
		"Memory":       {because("FAILED", "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exceeded per-node memory limit"), true, limnograph.CodeUnavailable, "less at a time"},
		"Timeout":      {because("FAILED", "Query timeout"), true, limnograph.CodeTimeout, "filter on year"},
		"S3Denied":     {because("FAILED", "PERMISSION_DENIED: Access Denied (Service: Amazon S3; Status Code: 403; Request ID: ABC123; S3 Extended Request ID: x)"), true, limnograph.CodeForbidden, "SELECT"},
		"NoRole":       {because("FAILED", "Access Denied when writing to location: s3://results"), true, limnograph.CodeUnavailable, "write results"},
		"NoOutput":     {because("FAILED", "An error occurred (NoSuchBucket): the specified bucket does not exist"), true, limnograph.CodeInvalid, "aws.output"},
		"Lake":         {because("FAILED", "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s) on raw_x"), true, limnograph.CodeForbidden, "SELECT"},
		"UsersFault":   {state("FAILED", object{"Status": user}), true, limnograph.CodeInvalid, "something about the query"},
		"TryAgain":     {state("FAILED", object{"Status": again}), true, limnograph.CodeUnavailable, "try again"},
		"OtherText":    {state("FAILED", object{"Status": quiet}), true, limnograph.CodeInvalid, "told elsewhere"},
		"NoReason":     {state("FAILED"), true, limnograph.CodeInternal, "ended as FAILED"},
		"Internal":     {because("FAILED", "GENERIC_INTERNAL_ERROR: null"), true, limnograph.CodeInternal, "GENERIC_INTERNAL_ERROR"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, []object{state("RUNNING"), tt.state})
			_, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT 1", Untrusted: tt.untrusted})
			if got := limnograph.ErrorCode(err); got != tt.want {
				t.Fatalf("%v has code %q, want %q", err, got, tt.want)
			}
			if !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "ABC123") {
				t.Errorf("%v", err)
			}
			if ids := s.stopped(t); len(ids) > 0 {
				t.Errorf("stopped %q, which had ended", ids)
			}
		})
	}
}

func TestRefusedCalls(t *testing.T) {
	tests := map[string]struct {
		kind   string
		status int
		want   limnograph.Code
		text   string
	}{
		"Throttled":      {"TooManyRequestsException", 400, limnograph.CodeUnavailable, "limits the calls"},
		"Denied":         {"AccessDeniedException", 400, limnograph.CodeUnavailable, "role"},
		"BadKeys":        {"UnrecognizedClientException", 400, limnograph.CodeUnavailable, "credentials"},
		"InvalidRequest": {"InvalidRequestException", 400, limnograph.CodeInvalid, "workgroup limno"},
		"Internal":       {"InternalServerException", 500, limnograph.CodeUnavailable, "try again"},
		"Unheard":        {"SomethingNewException", 400, limnograph.CodeInternal, "SomethingNew"},
	}
	for name, tt := range tests {
		for _, call := range []string{"StartQueryExecution", "GetQueryExecution", "GetQueryResults"} {
			t.Run(name+"/"+call, func(t *testing.T) {
				s := start(t, succeeded, numbers())
				s.reply = func(c string, _ int) *reply {
					if c == call {
						return &reply{status: tt.status, kind: tt.kind, text: "words"}
					}
					return nil
				}
				_, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT 1"})
				if got := limnograph.ErrorCode(err); got != tt.want {
					t.Fatalf("%v has code %q, want %q", err, got, tt.want)
				}
				if !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%v", err)
				}
				if ids := s.stopped(t); (len(ids) == 1) != (call == "GetQueryExecution") {
					t.Errorf("stopped %q", ids)
				}
			})
		}
	}
}

// Throttling in the middle of polling and reading is waited out by the SDK's retry.
func TestThrottlingPasses(t *testing.T) {
	s := start(t, succeeded, nil, nil, numbers([]any{"n"}, []any{"1"}))
	s.reply = func(_ string, n int) *reply {
		if n <= 2 {
			return &reply{status: 400, kind: "TooManyRequestsException"}
		}
		return nil
	}
	if got, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT 1"}); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestUnreachable(t *testing.T) {
	s := start(t, succeeded)
	s.Close()
	_, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT 1"})
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || !strings.Contains(err.Error(), "check region, endpoint and network") {
		t.Errorf("%v", err)
	}
}

// An answer without what it should hold is an error, and the execution does not go on unseen.
func TestAnswersWithoutContent(t *testing.T) {
	for name, states := range map[string][]object{"NoExecution": {nil}, "NoStatus": {{"QueryExecutionId": "x"}}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, states)
			_, _, err := ask(t.Context(), open(t, s), limnograph.Query{SQL: "SELECT 1"})
			if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || len(s.stopped(t)) != 1 {
				t.Errorf("%v, stopped %q", err, s.stopped(t))
			}
		})
	}
	t.Run("NoResult", func(t *testing.T) {
		_, _, err := ask(t.Context(), open(t, start(t, succeeded, object{})), limnograph.Query{SQL: "SELECT 1"})
		if limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
			t.Errorf("%v", err)
		}
	})
	t.Run("TooManyValues", func(t *testing.T) {
		e := open(t, start(t, succeeded, numbers([]any{"n"}, []any{"1", "2"})))
		if _, _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"}); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
			t.Errorf("%v", err)
		}
	})
}

// An execution that nobody waits for any more is stopped, and what it has read until then is told.
func TestAbandonedExecutionIsStopped(t *testing.T) {
	for name, tt := range map[string]struct {
		limit time.Duration
		want  error
		code  limnograph.Code
	}{
		"TimeLimit": {100 * time.Millisecond, context.DeadlineExceeded, limnograph.CodeTimeout},
		"Cancelled": {0, context.Canceled, limnograph.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, []object{state("RUNNING"), state("CANCELLED", scanned(1<<30))})
			hold := make(chan struct{})
			s.reply = func(call string, n int) *reply {
				if call == "GetQueryExecution" && n == 1 {
					return &reply{hold: hold}
				}
				return nil
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.limit == 0 {
				go func() {
					<-hold
					cancel()
				}()
			}
			_, _, err := ask(ctx, open(t, s), limnograph.Query{SQL: "SELECT 1", Timeout: tt.limit})
			if !errors.Is(err, tt.want) || limnograph.ErrorCode(err) != tt.code {
				t.Errorf("%v", err)
			}
			var m interface {
				error
				limnograph.Metered
			}
			if !errors.As(err, &m) || m.Usage().BytesScanned != 1<<30 || m.Usage().CostUSD == 0 {
				t.Errorf("%v has no usage", err)
			}
			if ids := s.stopped(t); len(ids) != 1 || !strings.HasPrefix(ids[0], "execution-") {
				t.Errorf("stopped %q", ids)
			}
		})
	}
}

// An asker who goes while the execution is being started leaves none behind.
func TestCancelledWhileStarting(t *testing.T) {
	s := start(t, []object{state("CANCELLED")})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.reply = func(call string, n int) *reply {
		if call == "StartQueryExecution" && n == 1 {
			cancel()
			return &reply{done: true}
		}
		return nil
	}
	_, _, err := ask(ctx, open(t, s), limnograph.Query{SQL: "SELECT 1"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if ids := s.stopped(t); len(ids) != 1 || len(s.runs) != 1 {
		t.Errorf("stopped %q of %v", ids, s.runs)
	}
}

// An execution that can't be stopped is named.
func TestStopFails(t *testing.T) {
	s := start(t, []object{state("RUNNING")})
	s.reply = func(call string, _ int) *reply {
		if call == "StopQueryExecution" {
			return &reply{status: 400, kind: "AccessDeniedException", text: "athena:StopQueryExecution"}
		}
		return nil
	}
	e := open(t, s, func(c *athena.Config) {
		c.Wait = func(context.Context, time.Duration) error { return context.DeadlineExceeded }
		c.Token = func() string { return strings.Repeat("a", 32) }
	})
	_, _, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"})
	if err == nil || !strings.Contains(err.Error(), "execution-aaaa may still run") {
		t.Errorf("%v", err)
	}
}
