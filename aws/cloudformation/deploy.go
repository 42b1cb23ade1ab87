package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"limnograph"
)

// MaxTemplateBody is the size in bytes up to which a template travels with the call; a larger one has to stand in S3.
const MaxTemplateBody = 51_200

// Deployment is what a stack should become.
type Deployment struct {
	Name        string            // of the stack
	Template    []byte            // its text; used unless TemplateURL is set
	TemplateURL string            // https address in S3 of a larger text
	Declared    []string          // parameters that the template has; those of a standing stack keep their values
	Parameters  map[string]string // values to set
	Tags        map[string]string // of the stack, which CloudFormation gives to its resources; nil keeps those it has
}

// Outcome tells what a deployment did.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
)

// Deploy creates the stack, or changes the one that stands, and waits until that has succeeded. It never leaves a half
// changed stack: CloudFormation rolls back what fails. Errors: CodeInvalid (template or parameters are refused), CodeConflict
// (the stack's state does not allow it, or resources failed), CodeForbidden, CodeUnauthorized, CodeUnavailable, and CodeTimeout:
// ctx ended first, and CloudFormation goes on.
func (s *Stacks) Deploy(ctx context.Context, d Deployment) (Outcome, error) {
	standing, err := s.Stack(ctx, d.Name)
	switch {
	case limnograph.ErrorCode(err) == limnograph.CodeNotFound:
		return Created, s.create(ctx, d)
	case err != nil:
		return "", err
	}
	if err := changeable(standing); err != nil {
		return "", err
	}
	return s.update(ctx, d, standing)
}

func (s *Stacks) create(ctx context.Context, d Deployment) error {
	in := &cloudformation.CreateStackInput{
		StackName: &d.Name, Parameters: d.parameters(nil), Tags: d.tags(nil), Capabilities: capabilities(),
	}
	in.TemplateBody, in.TemplateURL = d.template()
	out, err := s.client.CreateStack(ctx, in)
	if err != nil {
		return explain(ctx, "create stack", d.Name, err)
	}
	return s.follow(ctx, change{op: "create stack", name: d.Name, id: aws.ToString(out.StackId), good: "CREATE_COMPLETE"})
}

func (s *Stacks) update(ctx context.Context, d Deployment, standing Stack) (Outcome, error) {
	last, err := s.lastEvent(ctx, standing.ID)
	if err != nil {
		return "", err
	}
	in := &cloudformation.UpdateStackInput{
		StackName: &d.Name, Parameters: d.parameters(standing.Parameters), Tags: d.tags(standing.Tags), Capabilities: capabilities(),
	}
	in.TemplateBody, in.TemplateURL = d.template()
	if _, err = s.client.UpdateStack(ctx, in); nothingToDo(err) {
		return Unchanged, nil
	}
	if err != nil {
		return "", explain(ctx, "update stack", d.Name, err)
	}
	return Updated, s.follow(ctx, change{op: "update stack", name: d.Name, id: standing.ID, seen: last, good: "UPDATE_COMPLETE"})
}

// capabilities: the template makes roles, whose names CloudFormation chooses.
func capabilities() []types.Capability { return []types.Capability{types.CapabilityCapabilityIam} }

func (d Deployment) template() (body, url *string) {
	if d.TemplateURL != "" {
		return nil, &d.TemplateURL
	}
	return aws.String(string(d.Template)), nil
}

// parameters sets those that are given, and keeps the value of the others where the stack has one.
func (d Deployment) parameters(standing map[string]string) []types.Parameter {
	var out []types.Parameter
	for _, key := range slices.Sorted(maps.Keys(d.Parameters)) {
		out = append(out, types.Parameter{ParameterKey: aws.String(key), ParameterValue: aws.String(d.Parameters[key])})
	}
	for _, key := range d.Declared {
		_, given := d.Parameters[key]
		if _, has := standing[key]; has && !given {
			out = append(out, types.Parameter{ParameterKey: aws.String(key), UsePreviousValue: aws.Bool(true)})
		}
	}
	return out
}

func (d Deployment) tags(standing map[string]string) []types.Tag {
	tags := d.Tags
	if tags == nil {
		tags = standing
	}
	var out []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return out
}

// nothingToDo: CloudFormation calls an update that changes nothing an error.
func nothingToDo(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && strings.Contains(answer.ErrorMessage(), "No updates are to be performed")
}

// changeable refuses states that no update leads out of, and says what does.
func changeable(s Stack) error {
	var hint string
	switch {
	case s.Status == "ROLLBACK_COMPLETE", s.Status == "ROLLBACK_FAILED", s.Status == "CREATE_FAILED", s.Status == "DELETE_FAILED":
		hint = "it can only be removed: remove it, then deploy again"
	case s.Status == "UPDATE_ROLLBACK_FAILED":
		hint = "remove the cause, then `aws cloudformation continue-update-rollback --stack-name " + s.Name + "`"
	case s.Status == "REVIEW_IN_PROGRESS":
		hint = "it was begun as a change set: execute that, or remove the stack"
	case strings.HasSuffix(s.Status, "_IN_PROGRESS"):
		hint = "somebody changes it just now: wait until that is done"
	default:
		return nil
	}
	return &limnograph.Error{
		Code: limnograph.CodeConflict, Op: "deploy stack", Message: fmt.Sprintf("stack %s is in state %s%s", s.Name, s.Status, because(s.Reason)),
		Hint: hint,
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + strings.TrimSuffix(reason, ".") + ")"
}
