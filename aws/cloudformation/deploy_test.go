package cloudformation_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/cloudformation"
)

func deployment() cloudformation.Deployment {
	return cloudformation.Deployment{
		Name: "lake", Template: []byte("Resources: {}"), Declared: []string{"Name", "New", "Given"},
		Parameters: map[string]string{"Given": "x"},
	}
}

func TestDeployCreates(t *testing.T) {
	s, stacks, told := newService(t, map[string][]answer{
		"DescribeStacks": {noStack(), stackIn("CREATE_IN_PROGRESS", ""), stackIn("CREATE_COMPLETE", "")},
		"CreateStack":    {created()},
		"DescribeStackEvents": {
			eventsOf("", "1 Bucket CREATE_IN_PROGRESS "),
			eventsOf("more", "3 lake CREATE_COMPLETE "), eventsOf("", "2 Bucket CREATE_COMPLETE ", "1 Bucket CREATE_IN_PROGRESS "),
		},
	})
	d := deployment()
	d.Tags = map[string]string{"b": "2", "a": "1"}
	outcome, err := stacks.Deploy(t.Context(), d)
	if err != nil || outcome != cloudformation.Created {
		t.Fatal(outcome, err)
	}
	var seen []string
	for _, e := range *told {
		seen = append(seen, e.ID+" "+e.Status)
	}
	if diff := cmp.Diff([]string{"Bucket CREATE_IN_PROGRESS", "Bucket CREATE_COMPLETE", "lake CREATE_COMPLETE"}, seen); diff != "" {
		t.Errorf("events, each once and in order (-want +got):\n%s", diff)
	}
	call := s.call(t, "CreateStack")
	for key, want := range map[string]string{
		"TemplateBody": "Resources: {}", "TemplateURL": "", "Capabilities.member.1": "CAPABILITY_IAM", "Tags.member.1.Key": "a",
		"Parameters.member.1.ParameterKey": "Given", "Parameters.member.1.ParameterValue": "x", "Parameters.member.2.ParameterKey": "",
	} {
		if got := call.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestDeployUpdatesAndKeepsParametersAndTags(t *testing.T) {
	s, stacks, told := newService(t, map[string][]answer{
		"DescribeStacks":      {stackIn("CREATE_COMPLETE", ""), stackIn("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""), stackIn("UPDATE_COMPLETE", "")},
		"UpdateStack":         {updated()},
		"DescribeStackEvents": {eventsOf("", "1 lake CREATE_COMPLETE "), eventsOf("", "2 lake UPDATE_COMPLETE ", "1 lake CREATE_COMPLETE ")},
	})
	d := deployment()
	d.TemplateURL = "https://example.com/t.yaml"
	outcome, err := stacks.Deploy(t.Context(), d)
	if err != nil || outcome != cloudformation.Updated {
		t.Fatal(outcome, err)
	}
	if len(*told) != 1 || (*told)[0].Status != "UPDATE_COMPLETE" {
		t.Errorf("events of an earlier change were told: %+v", *told)
	}
	call := s.call(t, "UpdateStack")
	for key, want := range map[string]string{
		"TemplateBody": "", "TemplateURL": "https://example.com/t.yaml", "Parameters.member.2.ParameterKey": "Name",
		"Parameters.member.2.UsePreviousValue": "true", "Parameters.member.3.ParameterKey": "", "Tags.member.1.Key": "owner",
	} {
		if got := call.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestDeployOfTheSameIsUnchanged(t *testing.T) {
	_, stacks, _ := newService(t, map[string][]answer{
		"DescribeStacks": {stackIn("CREATE_COMPLETE", "")}, "DescribeStackEvents": {noEvents()},
		"UpdateStack": {failure(400, "ValidationError", "No updates are to be performed.")},
	})
	if outcome, err := stacks.Deploy(t.Context(), deployment()); err != nil || outcome != cloudformation.Unchanged {
		t.Error(outcome, err)
	}
}

// A stack that fails is explained by the resources that failed first, not by those that were cancelled because of them.
func TestDeployNamesTheFirstFailures(t *testing.T) {
	_, stacks, _ := newService(t, map[string][]answer{
		"DescribeStacks": {noStack(), stackIn("ROLLBACK_COMPLETE", "")}, "CreateStack": {created()},
		"DescribeStackEvents": {eventsOf("",
			"6 lake ROLLBACK_COMPLETE ", "5 Late CREATE_FAILED why not.", "4 lake ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bucket].",
			"3 Queue CREATE_FAILED Resource creation cancelled", "2 Bucket CREATE_FAILED the name is taken.", "1 lake CREATE_IN_PROGRESS ")},
	})
	_, err := stacks.Deploy(t.Context(), deployment())
	want := "stack lake ended as ROLLBACK_COMPLETE: Bucket (AWS::X::Y): the name is taken; Late (AWS::X::Y): why not"
	if limnograph.ErrorCode(err) != limnograph.CodeConflict || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "remove the cause and the stack") {
		t.Error(err)
	}
}

// From some states no update leads out. Each is said in words, with the way out.
func TestDeployRefusesStates(t *testing.T) {
	for status, want := range map[string]string{
		"ROLLBACK_COMPLETE":      "it can only be removed",
		"CREATE_FAILED":          "it can only be removed",
		"DELETE_FAILED":          "it can only be removed",
		"UPDATE_ROLLBACK_FAILED": "continue-update-rollback --stack-name lake",
		"UPDATE_IN_PROGRESS":     "wait until that is done",
		"REVIEW_IN_PROGRESS":     "begun as a change set",
	} {
		t.Run(status, func(t *testing.T) {
			_, stacks, _ := newService(t, map[string][]answer{"DescribeStacks": {stackIn(status, "because of this.")}})
			_, err := stacks.Deploy(t.Context(), deployment())
			if limnograph.ErrorCode(err) != limnograph.CodeConflict || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "(because of this)") {
				t.Error(err)
			}
		})
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		want   limnograph.Code
	}{
		"denied":             {failure(403, "AccessDenied", "not authorized"), limnograph.CodeForbidden},
		"expired":            {failure(403, "ExpiredToken", "expired"), limnograph.CodeUnauthorized},
		"throttled":          {failure(400, "Throttling", "Rate exceeded"), limnograph.CodeUnavailable},
		"server":             {failure(500, "InternalFailure", "oops"), limnograph.CodeUnavailable},
		"not CloudFormation": {answer{200, "<html>"}, limnograph.CodeUnavailable},
		"bad template":       {failure(400, "ValidationError", "Template format error"), limnograph.CodeInvalid},
		"busy":               {failure(400, "ValidationError", "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated."), limnograph.CodeConflict},
		"full":               {failure(400, "LimitExceededException", "200 stacks"), limnograph.CodeConflict},
		"just made":          {failure(400, "AlreadyExistsException", "exists"), limnograph.CodeExists},
	} {
		t.Run(name, func(t *testing.T) {
			_, stacks, _ := newService(t, map[string][]answer{"DescribeStacks": {noStack()}, "CreateStack": {c.answer}})
			_, err := stacks.Deploy(t.Context(), deployment())
			if limnograph.ErrorCode(err) != c.want {
				t.Errorf("%s: %v", limnograph.ErrorCode(err), err)
			}
		})
	}
}

// An end of the context stops watching and says that the work goes on.
func TestDeployInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	answers := map[string][]answer{
		"DescribeStacks": {noStack(), stackIn("CREATE_IN_PROGRESS", "")}, "CreateStack": {created()},
		"DescribeStackEvents": {eventsOf("", "1 lake CREATE_IN_PROGRESS ")},
	}
	_, stacks, _ := newServiceWith(t, answers, func(cloudformation.Event) { cancel() })
	_, err := stacks.Deploy(ctx, deployment())
	if limnograph.ErrorCode(err) != limnograph.CodeTimeout || !strings.Contains(err.Error(), "goes on with stack lake by itself") {
		t.Error(err)
	}
}
