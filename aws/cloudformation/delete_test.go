package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/cloudformation"
)

func resources() answer {
	return answer{body: `<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources>
<member><LogicalResourceId>Bucket</LogicalResourceId><PhysicalResourceId>b</PhysicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>
<member><LogicalResourceId>Queue</LogicalResourceId><PhysicalResourceId>q</PhysicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>
</StackResources></DescribeStackResourcesResult></DescribeStackResourcesResponse>`}
}

func TestDeleteTellsWhatIsKept(t *testing.T) {
	_, stacks, _ := newService(t, map[string][]answer{
		"DescribeStacks": {stackIn("CREATE_COMPLETE", ""), stackIn("DELETE_COMPLETE", "")}, "DescribeStackResources": {resources()},
		"DeleteStack": {{body: "<DeleteStackResponse/>"}},
		"DescribeStackEvents": {
			eventsOf("", "1 Queue DELETE_SKIPPED of an earlier attempt"),
			eventsOf("", "3 Bucket DELETE_SKIPPED ", "2 Queue DELETE_COMPLETE ", "1 Queue DELETE_SKIPPED of an earlier attempt"),
		},
	})
	kept, err := stacks.Delete(t.Context(), "lake")
	if err != nil {
		t.Fatal(err)
	}
	want := []cloudformation.Resource{{ID: "Bucket", Physical: "b", Type: "AWS::S3::Bucket", Status: "CREATE_COMPLETE"}}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestDeleteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string][]answer
		code    limnograph.Code
		want    string
	}{
		"ErrMissing": {map[string][]answer{"DescribeStacks": {noStack()}}, limnograph.CodeNotFound, "there is no stack lake"},
		"ErrBusy":    {map[string][]answer{"DescribeStacks": {stackIn("UPDATE_IN_PROGRESS", "")}}, limnograph.CodeConflict, "wait until that is done"},
		"ErrResource": {map[string][]answer{
			"DescribeStacks": {stackIn("CREATE_COMPLETE", ""), stackIn("DELETE_FAILED", "")}, "DescribeStackResources": {resources()},
			"DeleteStack":         {{body: "<DeleteStackResponse/>"}},
			"DescribeStackEvents": {noEvents(), eventsOf("", "1 Bucket DELETE_FAILED The bucket you tried to delete is not empty.")},
		}, limnograph.CodeConflict, "Bucket (AWS::X::Y): The bucket you tried to delete is not empty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, stacks, _ := newService(t, c.answers)
			_, err := stacks.Delete(t.Context(), "lake")
			if limnograph.ErrorCode(err) != c.code || !strings.Contains(err.Error(), c.want) {
				t.Error(err)
			}
		})
	}
}

func TestStackHasOutputs(t *testing.T) {
	_, stacks, _ := newService(t, map[string][]answer{"DescribeStacks": {stackIn("CREATE_COMPLETE", "")}})
	stack, err := stacks.Stack(t.Context(), "lake")
	if diff := cmp.Diff(map[string]string{"Root": "s3://b/"}, stack.Outputs); diff != "" || err != nil {
		t.Errorf("%v, outputs (-want +got):\n%s", err, diff)
	}
}
