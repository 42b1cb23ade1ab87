package athena

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"

	"limnograph"
)

// explain gives an error of a call its code.
func (s *session) explain(op string, err error) error {
	var own *limnograph.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	if s.ctx.Err() != nil {
		return s.interrupted(op)
	}
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return &limnograph.Error{
			Code: limnograph.CodeUnavailable, Op: op, Message: "Athena can't be reached or gave no readable answer",
			Hint: "check region, endpoint and network; try again", Err: withoutRequest(err),
		}
	}
	code, hint := s.refused(answer)
	return &limnograph.Error{Code: code, Op: op, Message: answer.ErrorCode() + ": " + answer.ErrorMessage(), Hint: hint}
}

func (s *session) refused(answer smithy.APIError) (limnograph.Code, string) {
	switch answer.ErrorCode() {
	case "TooManyRequestsException", "ThrottlingException", "Throttling", "SlowDown":
		return limnograph.CodeUnavailable, "Athena limits the calls of the account: try again later"
	case "AccessDeniedException", "AccessDenied":
		return limnograph.CodeUnavailable, "give the role of limno the action that the message names"
	case "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException", "InvalidClientTokenId":
		return limnograph.CodeUnavailable, "check the credentials of limno"
	case "InvalidRequestException":
		return limnograph.CodeInvalid, "check the workgroup " + s.engine.cfg.Workgroup + " and its output location, if the statement is right"
	}
	if answer.ErrorFault() == smithy.FaultServer {
		return limnograph.CodeUnavailable, "try again later"
	}
	return limnograph.CodeInternal, ""
}

func (s *session) interrupted(op string) error {
	if errors.Is(context.Cause(s.ctx), errTimeLimit) || errors.Is(s.ctx.Err(), context.DeadlineExceeded) {
		return &limnograph.Error{
			Code: limnograph.CodeTimeout, Op: op, Message: fmt.Sprintf("the query took longer than %s", s.limit),
			Hint: "ask for a shorter time: filter on year, month and day", Err: context.DeadlineExceeded,
		}
	}
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: op, Message: "the query was cancelled", Err: context.Canceled}
}

// failure is about an execution that has ended without a result.
func (s *session) failure(st *types.QueryExecutionStatus) error {
	reason := aws.ToString(st.StateChangeReason)
	if reason == "" && st.AthenaError != nil {
		reason = aws.ToString(st.AthenaError.ErrorMessage)
	}
	code, hint := s.classify(reason, st)
	return &limnograph.Error{Code: code, Op: "run query", Message: clean(reason, st.State), Hint: hint}
}

// clean leaves out where results are stored and the ids of requests.
func clean(reason string, state types.QueryExecutionState) string {
	if reason == "" {
		return "the execution ended as " + string(state)
	}
	reason, _, _ = strings.Cut(reason, "If a data manifest file was generated at")
	return strings.TrimSpace(regexp.MustCompile(`\s*\([^()]*Request ID:[^()]*\)`).ReplaceAllString(reason, ""))
}

// classify looks at the word that a reason begins with (SYNTAX_ERROR: line 1:8: ...), then at what it says, then at
// Athena's category: 1 system, 2 user, 3 other.
func (s *session) classify(reason string, st *types.QueryExecutionStatus) (limnograph.Code, string) {
	word, _, _ := strings.Cut(reason, ":")
	if code, hint, ok := s.byWord(strings.TrimSpace(word)); ok {
		return code, hint
	}
	if code, hint, ok := byText(strings.ToLower(reason)); ok {
		return code, hint
	}
	switch e := st.AthenaError; {
	case st.State == types.QueryExecutionStateCancelled:
		return limnograph.CodeUnavailable, "somebody stopped the query: ask again"
	case e != nil && e.Retryable:
		return limnograph.CodeUnavailable, "try again later"
	case e != nil && aws.ToInt32(e.ErrorCategory) == 2:
		return limnograph.CodeInvalid, ""
	}
	return limnograph.CodeInternal, ""
}

func (s *session) byWord(word string) (limnograph.Code, string, bool) {
	switch word {
	case "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND":
		if s.untrusted {
			return limnograph.CodeForbidden, "only the published tables can be read", true
		}
		return limnograph.CodeNotFound, "it appears with the first data; check the database of the engine otherwise", true
	case "SYNTAX_ERROR", "COLUMN_NOT_FOUND", "TYPE_MISMATCH", "FUNCTION_NOT_FOUND", "AMBIGUOUS_NAME", "NOT_SUPPORTED", "DIVISION_BY_ZERO",
		"INVALID_CAST_ARGUMENT", "INVALID_FUNCTION_ARGUMENT", "INVALID_LITERAL", "NUMERIC_VALUE_OUT_OF_RANGE", "DUPLICATE_COLUMN_NAME",
		"EXPRESSION_NOT_AGGREGATE", "MISSING_GROUP_BY", "INVALID_PARAMETER_USAGE", "TYPE_NOT_FOUND", "SUBQUERY_MULTIPLE_ROWS", "GENERIC_USER_ERROR":
		return limnograph.CodeInvalid, "", true
	case "EXCEEDED_TIME_LIMIT":
		return limnograph.CodeTimeout, "ask for a shorter time: filter on year, month and day", true
	case "EXCEEDED_MEMORY_LIMIT", "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "CLUSTER_OUT_OF_MEMORY", "GENERIC_INSUFFICIENT_RESOURCES":
		return limnograph.CodeUnavailable, "ask for less at a time", true
	case "PERMISSION_DENIED", "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s)":
		return limnograph.CodeForbidden, "grant the role of limno SELECT on the table", true
	}
	return "", "", false
}

func byText(reason string) (limnograph.Code, string, bool) {
	switch {
	case strings.Contains(reason, "bytes scanned limit"):
		return limnograph.CodeTooLarge, "ask for a shorter time: filter on year, month and day; or raise the workgroup's limit", true
	case strings.Contains(reason, "lake formation permission"):
		return limnograph.CodeForbidden, "grant the role of limno SELECT on the table", true
	case strings.Contains(reason, "exhausted resources"):
		return limnograph.CodeUnavailable, "ask for less at a time", true
	case strings.Contains(reason, "query timeout"):
		return limnograph.CodeTimeout, "ask for a shorter time: filter on year, month and day", true
	case strings.Contains(reason, "access denied"):
		return limnograph.CodeUnavailable, "give the role of limno the right to read the data and to write results", true
	case strings.Contains(reason, "nosuchbucket"), strings.Contains(reason, "output bucket"), strings.Contains(reason, "bucket does not exist"):
		return limnograph.CodeInvalid, "check where the results go: aws.output, or the output location of the workgroup", true
	case strings.Contains(reason, "slow down"), strings.Contains(reason, "rate exceeded"):
		return limnograph.CodeUnavailable, "try again later", true
	}
	return "", "", false
}

// withoutRequest leaves out the address of a request.
func withoutRequest(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
