package gluejob_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/gluejob"
)

func TestErrorsHaveTheirCode(t *testing.T) {
	for name, c := range map[string]struct {
		reply reply
		code  limnograph.Code
		words string
	}{
		"NoSuchRun":        {refusal(400, "EntityNotFoundException", "Job run not found"), limnograph.CodeNotFound, "run jr_1 of job load: EntityNotFoundException"},
		"Denied":           {refusal(400, "AccessDeniedException", "not authorized"), limnograph.CodeForbidden, "allow glue:GetJobRun to"},
		"DeniedAsXML":      {reply{403, "<Error><Code>AccessDenied</Code></Error>"}, limnograph.CodeForbidden, "allow glue:GetJobRun to"},
		"Throttled":        {refusal(400, "ThrottlingException", "Rate exceeded"), limnograph.CodeUnavailable, "lower the rate"},
		"TooMany":          {refusal(429, "Whatever", ""), limnograph.CodeUnavailable, "lower the rate"},
		"Fault":            {refusal(500, "InternalServiceException", ""), limnograph.CodeUnavailable, "try again later"},
		"GatewayPage":      {reply{502, "<html>bad gateway</html>"}, limnograph.CodeUnavailable, "run jr_1"},
		"SlowGlue":         {refusal(400, "OperationTimeoutException", ""), limnograph.CodeTimeout, "try again later"},
		"BadName":          {refusal(400, "InvalidInputException", "too long"), limnograph.CodeInvalid, "too long"},
		"Expired":          {refusal(400, "ExpiredTokenException", ""), limnograph.CodeUnauthorized, "renew"},
		"Unheard":          {refusal(418, "TeapotException", ""), limnograph.CodeInternal, "TeapotException"},
		"CutOff":           {reply{}, limnograph.CodeUnavailable, "check region, endpoint and network"},
		"AnotherRun":       {ok(`{"JobRun":{"Id":"jr_2","JobRunState":"SUCCEEDED"}}`), limnograph.CodeUnavailable, "not about that run"},
		"NoRun":            {ok(`{}`), limnograph.CodeUnavailable, "not about that run"},
		"NoJSON":           {ok(`<html>`), limnograph.CodeUnavailable, "run jr_1"},
		"RunOfAnotherType": {ok(`{"JobRun":{"Id":7}}`), limnograph.CodeUnavailable, "run jr_1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newFake(t, c.reply).reader().Run(t.Context(), "load", "jr_1")
			if limnograph.ErrorCode(err) != c.code || err == nil || !strings.Contains(err.Error(), c.words) || strings.Contains(err.Error(), "http://") {
				t.Errorf("%q: %v; want %q with %q", limnograph.ErrorCode(err), err, c.code, c.words)
			}
		})
	}
}

func TestEachQuestionNamesItsPermission(t *testing.T) {
	r := newFake(t, refusal(400, "AccessDeniedException", "no")).reader()
	_, _, runs := r.Runs(t.Context(), "load", "")
	_, _, jobs := r.Jobs(t.Context(), "")
	_, tags := r.Tags(t.Context(), "load")
	for action, err := range map[string]error{"glue:GetJobRuns": runs, "glue:GetJobs": jobs, "glue:GetTags": tags} {
		if limnograph.ErrorCode(err) != limnograph.CodeForbidden || !strings.Contains(err.Error(), "allow "+action+" ") {
			t.Errorf("%s: %v", action, err)
		}
	}
}

func TestAnswersWithoutNamesAreRefused(t *testing.T) {
	if runs, _, err := newFake(t, ok(`{"JobRuns":[{"JobRunState":"RUNNING"}]}`)).reader().Runs(t.Context(), "load", ""); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		t.Errorf("%v, %v", runs, err)
	}
	if jobs, _, err := newFake(t, ok(`{"Jobs":[{"GlueVersion":"5.0"}]}`)).reader().Jobs(t.Context(), ""); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		t.Errorf("%v, %v", jobs, err)
	}
}

// Every request counts, those that repeat one too.
func TestEachRequestIsCounted(t *testing.T) {
	f := newFake(t, refusal(400, "ThrottlingException", "Rate exceeded"), reply{503, ""}, ok(`{"JobRun":{"Id":"jr_1"}}`), ok(`{"Jobs":[]}`))
	r := f.reader()
	if _, err := r.Run(t.Context(), "load", "jr_1"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Jobs(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GetJobRun", "GetJobRun", "GetJobRun", "GetJobs"}, f.counted); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

func TestCallsEndWithTheirContext(t *testing.T) {
	f := newFake(t, ok(`{}`))
	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := f.reader(func(c *gluejob.Config) { c.Calls = nil }).Run(over, "load", "jr_1")
	if limnograph.ErrorCode(err) != limnograph.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) || len(f.asked) > 0 {
		t.Errorf("%v after %d requests", err, len(f.asked))
	}
}

// What the message of a failed run holds is in the run, and in no error.
func TestErrorTextOfARunIsInNoError(t *testing.T) {
	_, err := newFake(t, ok(`{"JobRun":{"Id":"jr_2","ErrorMessage":"card 4111111111111111"}}`)).reader().Run(t.Context(), "load", "jr_1")
	if err == nil || strings.Contains(err.Error(), "4111") {
		t.Errorf("%v", err)
	}
}
