package cloudformation

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"limnograph"
)

// Stack is a stack as it stands.
type Stack struct {
	ID         string // ARN; tells a removed stack from a later one of the same name
	Name       string
	Status     string // CREATE_COMPLETE, ...
	Reason     string // of the status; may be empty
	Parameters map[string]string
	Outputs    map[string]string
	Tags       map[string]string
}

// Resource is one resource of a stack.
type Resource struct {
	ID       string // logical name in the template
	Physical string // name, ARN or URL; empty before it exists
	Type     string // AWS::S3::Bucket, ...
	Status   string
}

// Stack describes a stack by name or ARN. Errors: CodeNotFound, CodeForbidden, CodeUnauthorized, CodeUnavailable,
// CodeTimeout.
func (s *Stacks) Stack(ctx context.Context, name string) (Stack, error) {
	out, err := s.client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if missing(err) || err == nil && len(out.Stacks) == 0 {
		return Stack{}, notFound(name)
	}
	if err != nil {
		return Stack{}, explain(ctx, "describe stack", name, err)
	}
	return stackOf(out.Stacks[0]), nil
}

// Resources lists the resources of a stack. Errors: as Stack.
func (s *Stacks) Resources(ctx context.Context, name string) ([]Resource, error) {
	out, err := s.client.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: &name})
	if missing(err) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, explain(ctx, "list resources of stack", name, err)
	}
	resources := make([]Resource, 0, len(out.StackResources))
	for _, r := range out.StackResources {
		resources = append(resources, Resource{
			ID: aws.ToString(r.LogicalResourceId), Physical: aws.ToString(r.PhysicalResourceId),
			Type: aws.ToString(r.ResourceType), Status: string(r.ResourceStatus),
		})
	}
	return resources, nil
}

func stackOf(in types.Stack) Stack {
	stack := Stack{
		ID: aws.ToString(in.StackId), Name: aws.ToString(in.StackName),
		Status: string(in.StackStatus), Reason: aws.ToString(in.StackStatusReason),
		Parameters: map[string]string{}, Outputs: map[string]string{}, Tags: map[string]string{},
	}
	for _, p := range in.Parameters {
		stack.Parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, o := range in.Outputs {
		stack.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	for _, t := range in.Tags {
		stack.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return stack
}

// missing reports whether the service says that the stack does not exist: it has no error code for that.
func missing(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && answer.ErrorCode() == "ValidationError" && strings.Contains(answer.ErrorMessage(), "does not exist")
}

func notFound(name string) error {
	return &limnograph.Error{
		Code: limnograph.CodeNotFound, Op: "find stack", Message: "there is no stack " + name,
		Hint: "check name, Region and account",
	}
}
