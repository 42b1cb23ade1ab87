package trino

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	client "github.com/trinodb/trino-go-client/trino"

	"limnograph"
)

// explain gives an error of the cluster, or of the way to it, its code.
func (s *session) explain(op string, err error) error {
	var own *limnograph.Error
	switch {
	case err == nil || errors.As(err, &own):
		return err
	case s.ctx.Err() != nil:
		return s.interrupted(op)
	}
	var failed *client.ErrTrino
	var answer *client.ErrQueryFailed
	switch {
	case errors.As(err, &failed):
		return s.failure(op, failed)
	case errors.Is(err, client.ErrQueryCancelled):
		return &limnograph.Error{
			Code: limnograph.CodeUnavailable, Op: op, Message: "somebody cancelled the query on the cluster", Hint: "ask again",
		}
	case errors.Is(err, errElsewhere):
		return &limnograph.Error{
			Code: limnograph.CodeUnavailable, Op: op, Message: withoutAddress(err).Error(),
			Hint: "give the engine the address under which the coordinator knows itself, or set http-server.process-forwarded=true behind a proxy",
		}
	case errors.As(err, &answer) && answer.StatusCode != 0:
		return refused(op, answer.StatusCode)
	case errors.As(err, &answer):
		return s.unreachable(op, answer.Reason)
	}
	return &limnograph.Error{Code: limnograph.CodeInternal, Op: op, Message: "the answer of the cluster can't be read", Err: withoutAddress(err)}
}

func (s *session) interrupted(op string) error {
	if errors.Is(context.Cause(s.ctx), errTimeLimit) || errors.Is(s.ctx.Err(), context.DeadlineExceeded) {
		return s.tooLong(op)
	}
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: op, Message: "the query was cancelled", Err: s.ctx.Err()}
}

func (s *session) tooLong(op string) error {
	return &limnograph.Error{
		Code: limnograph.CodeTimeout, Op: op, Message: fmt.Sprintf("the query took longer than %s", s.limit),
		Hint: "ask for a shorter time: filter on year, month and day", Err: context.DeadlineExceeded,
	}
}

// failure is about a query that the cluster took and gave up on.
func (s *session) failure(op string, f *client.ErrTrino) error {
	code, hint := classify(f.ErrorName, f.ErrorType, s.untrusted)
	if code == limnograph.CodeTimeout {
		return s.tooLong(op)
	}
	message := f.ErrorName + ": " + f.Message // the message itself begins with line and column
	return &limnograph.Error{Code: code, Op: op, Message: message, Hint: hint}
}

// classify knows the names of Trino's StandardErrorCode and of the Hive and Iceberg connectors; the type decides about
// those it does not know.
func classify(name, kind string, untrusted bool) (limnograph.Code, string) {
	switch name {
	case "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND":
		if untrusted {
			return limnograph.CodeForbidden, "only the published tables can be read"
		}
		return limnograph.CodeNotFound, "it appears with the first data; check catalog and schema of the engine otherwise"
	case "PERMISSION_DENIED", "NOT_SUPPORTED_BY_ACCESS_CONTROL":
		return limnograph.CodeForbidden, "Trino's access control does not let the engine's user read this"
	case "EXCEEDED_TIME_LIMIT", "EXCEEDED_CPU_LIMIT":
		return limnograph.CodeTimeout, ""
	case "EXCEEDED_SCAN_LIMIT":
		return limnograph.CodeTooLarge, "ask for a shorter time: filter on year, month and day"
	case "QUERY_TEXT_TOO_LARGE", "QUERY_HAS_TOO_MANY_STAGES":
		return limnograph.CodeTooLarge, "ask for less in one statement"
	case "QUERY_QUEUE_FULL", "QUERY_REJECTED":
		return limnograph.CodeUnavailable, "the cluster's queue is full: try again later"
	case "SERVER_STARTING_UP", "SERVER_SHUTTING_DOWN", "NO_NODES_AVAILABLE", "REMOTE_TASK_ERROR", "REMOTE_TASK_MISMATCH",
		"REMOTE_HOST_GONE", "PAGE_TRANSPORT_ERROR", "PAGE_TRANSPORT_TIMEOUT", "TOO_MANY_REQUESTS_FAILED", "ADMINISTRATIVELY_KILLED",
		"ADMINISTRATIVELY_PREEMPTED", "ABANDONED_QUERY", "ABANDONED_TASK":
		return limnograph.CodeUnavailable, "the cluster is not ready or lost a node: try again later"
	case "HIVE_METASTORE_ERROR", "HIVE_FILESYSTEM_ERROR", "HIVE_CANNOT_OPEN_SPLIT", "HIVE_UNKNOWN_ERROR", "ICEBERG_FILESYSTEM_ERROR", "ICEBERG_CATALOG_ERROR":
		return limnograph.CodeUnavailable, "the cluster can't read its catalogue or the objects: check its permissions and its log"
	}
	switch kind {
	case "USER_ERROR":
		return limnograph.CodeInvalid, ""
	case "INSUFFICIENT_RESOURCES":
		return limnograph.CodeUnavailable, "ask for less at a time, or give the cluster more memory"
	}
	return limnograph.CodeInternal, "see the log of the cluster"
}

// refused is about an answer that is no page of a result. Its text is the server's, and may hold anything: it is left out.
func refused(op string, status int) error {
	e := &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: op, Message: fmt.Sprintf("the cluster answered %d %s", status, http.StatusText(status)),
		Hint: "check that the URL is that of the coordinator",
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Hint = "check user and password of the engine"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Hint = "the coordinator is starting or overloaded: try again later"
	}
	return e
}

// unreachable is about a request without an answer.
func (s *session) unreachable(op string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: op, Message: "the cluster at " + s.engine.host() + " can't be reached",
		Hint: "check that Trino runs and that the URL of the engine is right", Err: withoutAddress(err),
	}
}

// host is the address of the coordinator without anything secret.
func (e *Engine) host() string {
	u, err := url.Parse(e.cfg.URL)
	if err != nil {
		return "its address"
	}
	return u.Host
}

// withoutAddress leaves out the address of a request: with it anybody could read or end the query.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
