package cloudformation

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	smithytime "github.com/aws/smithy-go/time"
)

// pollEvery is how long a stack that changes is left alone between two looks.
const pollEvery = 3 * time.Second

// Config holds what is optional; the zero value works.
type Config struct {
	Progress func(Event)                                      // is told what happens to the stack, in order; nil: nobody
	Wait     func(ctx context.Context, d time.Duration) error // returns early when ctx ends; nil: by the clock
}

func (c Config) withDefaults() Config {
	if c.Progress == nil {
		c.Progress = func(Event) {}
	}
	if c.Wait == nil {
		c.Wait = smithytime.SleepWithContext
	}
	return c
}

// api is what the package needs of the SDK's client.
type api interface {
	CreateStack(ctx context.Context, in *cloudformation.CreateStackInput, opts ...func(*cloudformation.Options)) (*cloudformation.CreateStackOutput, error)
	UpdateStack(ctx context.Context, in *cloudformation.UpdateStackInput, opts ...func(*cloudformation.Options)) (*cloudformation.UpdateStackOutput, error)
	DeleteStack(ctx context.Context, in *cloudformation.DeleteStackInput, opts ...func(*cloudformation.Options)) (*cloudformation.DeleteStackOutput, error)
	DescribeStacks(ctx context.Context, in *cloudformation.DescribeStacksInput, opts ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
	DescribeStackEvents(ctx context.Context, in *cloudformation.DescribeStackEventsInput, opts ...func(*cloudformation.Options)) (*cloudformation.DescribeStackEventsOutput, error)
	DescribeStackResources(ctx context.Context, in *cloudformation.DescribeStackResourcesInput, opts ...func(*cloudformation.Options)) (*cloudformation.DescribeStackResourcesOutput, error)
}

// Stacks are the stacks of one account and Region. It is safe for concurrent use.
type Stacks struct {
	client api
	cfg    Config
}

// New returns the stacks that cfg reaches. Nothing is asked yet.
func New(cfg aws.Config, opt Config) *Stacks {
	return &Stacks{client: cloudformation.NewFromConfig(cfg), cfg: opt.withDefaults()}
}
