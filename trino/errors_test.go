package trino_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/trino"
)

func TestFailures(t *testing.T) {
	tests := map[string]struct {
		name, kind string
		untrusted  bool
		want       limnograph.Code
	}{
		"Syntax":             {"SYNTAX_ERROR", "USER_ERROR", true, limnograph.CodeInvalid},
		"Column":             {"COLUMN_NOT_FOUND", "USER_ERROR", true, limnograph.CodeInvalid},
		"TableOfAPerson":     {"TABLE_NOT_FOUND", "USER_ERROR", true, limnograph.CodeForbidden},
		"TableOfAPanel":      {"TABLE_NOT_FOUND", "USER_ERROR", false, limnograph.CodeNotFound},
		"Denied":             {"PERMISSION_DENIED", "USER_ERROR", false, limnograph.CodeForbidden},
		"TimeLimit":          {"EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES", false, limnograph.CodeTimeout},
		"ScanLimit":          {"EXCEEDED_SCAN_LIMIT", "INSUFFICIENT_RESOURCES", false, limnograph.CodeTooLarge},
		"ManyStages":         {"QUERY_HAS_TOO_MANY_STAGES", "USER_ERROR", false, limnograph.CodeTooLarge},
		"QueueFull":          {"QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES", false, limnograph.CodeUnavailable},
		"NodeMemory":         {"EXCEEDED_LOCAL_MEMORY_LIMIT", "INSUFFICIENT_RESOURCES", false, limnograph.CodeUnavailable},
		"ClusterMemory":      {"CLUSTER_OUT_OF_MEMORY", "INSUFFICIENT_RESOURCES", false, limnograph.CodeUnavailable},
		"NoNodes":            {"NO_NODES_AVAILABLE", "INTERNAL_ERROR", false, limnograph.CodeUnavailable},
		"Starting":           {"SERVER_STARTING_UP", "INTERNAL_ERROR", false, limnograph.CodeUnavailable},
		"Metastore":          {"HIVE_METASTORE_ERROR", "EXTERNAL", false, limnograph.CodeUnavailable},
		"BadData":            {"HIVE_BAD_DATA", "EXTERNAL", false, limnograph.CodeInternal},
		"CancelledElsewhere": {"USER_CANCELLED", "USER_ERROR", false, limnograph.CodeUnavailable},
		"KilledElsewhere":    {"ADMINISTRATIVELY_KILLED", "USER_ERROR", false, limnograph.CodeUnavailable},
		"Unheard":            {"SOMETHING_NEW", "INTERNAL_ERROR", false, limnograph.CodeInternal},
		"UnheardOfTheUser":   {"SOMETHING_NEW", "USER_ERROR", false, limnograph.CodeInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			failed := answer{page: map[string]any{"stats": stats(0), "error": map[string]any{
				"errorName": tt.name, "errorType": tt.kind, "message": "line 1:8: why", "errorLocation": map[string]any{"lineNumber": 1, "columnNumber": 8},
				"failureInfo": map[string]any{"stack": []string{"io.trino.secret"}},
			}}}
			e := open(t, start(t, waiting(), failed).URL)
			_, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1", Untrusted: tt.untrusted})
			if got := limnograph.ErrorCode(err); got != tt.want {
				t.Errorf("%v has code %q, want %q", err, got, tt.want)
			}
			if tt.want == limnograph.CodeInvalid && !strings.Contains(err.Error(), tt.name+": line 1:8: why") {
				t.Errorf("%v does not say where", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%v tells of the server", err)
			}
		})
	}
}

func TestAnswersThatAreNoPage(t *testing.T) {
	tests := map[string]struct {
		first answer
		want  limnograph.Code
		hint  string
	}{
		"WrongPassword": {answer{status: http.StatusUnauthorized, text: "secret"}, limnograph.CodeUnavailable, "user and password"},
		"Forbidden":     {answer{status: http.StatusForbidden, text: "secret"}, limnograph.CodeUnavailable, "user and password"},
		"NotTrino":      {answer{status: http.StatusNotFound, text: "secret"}, limnograph.CodeUnavailable, "the coordinator"},
		"ServerError":   {answer{status: http.StatusInternalServerError, text: "secret"}, limnograph.CodeUnavailable, "the coordinator"},
		"AlwaysBusy":    {answer{busy: 1 << 20}, limnograph.CodeUnavailable, "try again later"},
		"NoJSON":        {answer{text: "<html>secret"}, limnograph.CodeInternal, ""},
		"Redirect":      {answer{status: http.StatusFound, text: "secret"}, limnograph.CodeUnavailable, "the coordinator"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := open(t, start(t, tt.first).URL, func(c *trino.Config) { c.RetryFor = 50 * time.Millisecond })
			_, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"})
			if got := limnograph.ErrorCode(err); got != tt.want {
				t.Fatalf("%v has code %q, want %q", err, got, tt.want)
			}
			if !strings.Contains(err.Error(), tt.hint) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestBrokenSecondPage(t *testing.T) {
	c := start(t, waiting(), answer{text: `{"id":"20261124_000000_00001_aaaaa","data":[[`}, numbers(0, 1))
	_, err := ask(t.Context(), open(t, c.URL), limnograph.Query{SQL: "SELECT 1"})
	if limnograph.ErrorCode(err) != limnograph.CodeInternal {
		t.Errorf("%v", err)
	}
	c.expectEnded(t)
}

// A page on another server is not asked for: the password goes to the coordinator alone.
func TestPageElsewhere(t *testing.T) {
	other := start(t, numbers(0, 1))
	for name, address := range map[string]string{"AnotherPort": other.URL, "AnotherHost": "http://192.0.2.1:80"} {
		t.Run(name, func(t *testing.T) {
			c := start(t, answer{text: `{"id":"20261124_000000_00001_aaaaa","nextUri":"` + address + `/v1/statement/executing/x/y/1","stats":{"state":"QUEUED"}}`})
			_, err := ask(t.Context(), open(t, c.URL), limnograph.Query{SQL: "SELECT 1"})
			if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || !strings.Contains(err.Error(), "refers to another address: "+address) || !strings.Contains(err.Error(), "process-forwarded") {
				t.Errorf("%v", err)
			}
			if len(other.seen) > 0 {
				t.Errorf("it was asked %s %s", other.seen[0].Method, other.seen[0].URL)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	e := open(t, gone.URL, func(c *trino.Config) { c.RetryFor = 50 * time.Millisecond })
	_, err := ask(t.Context(), e, limnograph.Query{SQL: "SELECT 1"})
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || !strings.Contains(err.Error(), strings.TrimPrefix(gone.URL, "http://")) ||
		!strings.Contains(err.Error(), "check that Trino runs") || strings.Contains(err.Error(), "/v1/") {
		t.Errorf("%v", err)
	}
}
