package cloudformation_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"limnograph/aws/cloudformation"
)

// service is a CloudFormation that answers from a script: what emulators can't do on demand.
type service struct {
	mu      sync.Mutex
	answers map[string][]answer // by action, in order; the last one stays
	calls   []url.Values
}

type answer struct {
	status int // 0: 200
	body   string
}

// newService starts it and returns the stacks that it has, with a clock that does not wait.
func newService(t *testing.T, answers map[string][]answer) (*service, *cloudformation.Stacks, *[]cloudformation.Event) {
	t.Helper()
	return newServiceWith(t, answers, func(cloudformation.Event) {})
}

// newServiceWith tells each event to somebody else, too.
func newServiceWith(t *testing.T, answers map[string][]answer, also func(cloudformation.Event)) (*service, *cloudformation.Stacks, *[]cloudformation.Event) {
	t.Helper()
	s := &service{answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	told := &[]cloudformation.Event{}
	stacks := cloudformation.New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, RetryMaxAttempts: 1, HTTPClient: server.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
		}),
	}, cloudformation.Config{
		Progress: func(e cloudformation.Event) { *told = append(*told, e); also(e) },
		Wait:     func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	return s, stacks, told
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.calls = append(s.calls, r.PostForm)
	action := r.PostForm.Get("Action")
	next := answer{status: http.StatusNotImplemented, body: "no answer to " + action}
	if list := s.answers[action]; len(list) > 0 {
		next = list[0]
		if len(list) > 1 {
			s.answers[action] = list[1:]
		}
	}
	w.Header().Set("Content-Type", "text/xml")
	if next.status != 0 {
		w.WriteHeader(next.status)
	}
	fmt.Fprint(w, next.body)
}

// call returns the last call of an action.
func (s *service) call(t *testing.T, action string) url.Values {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.calls) - 1; i >= 0; i-- {
		if s.calls[i].Get("Action") == action {
			return s.calls[i]
		}
	}
	t.Fatalf("%s was not called", action)
	return nil
}

func failure(status int, code, message string) answer {
	return answer{status, fmt.Sprintf(`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)}
}

func noStack() answer { return failure(400, "ValidationError", "Stack with id lake does not exist") }

// stackIn describes the stack called lake.
func stackIn(status, reason string) answer {
	return answer{body: fmt.Sprintf(`<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
<StackId>arn:lake/1</StackId><StackName>lake</StackName><StackStatus>%s</StackStatus><StackStatusReason>%s</StackStatusReason>
<Parameters><member><ParameterKey>Name</ParameterKey><ParameterValue>lake</ParameterValue></member>
<member><ParameterKey>Old</ParameterKey><ParameterValue>1</ParameterValue></member></Parameters>
<Outputs><member><OutputKey>Root</OutputKey><OutputValue>s3://b/</OutputValue></member></Outputs>
<Tags><member><Key>owner</Key><Value>data</Value></member></Tags>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`, status, reason)}
}

// eventsOf gives events, the newest first as the service does; each is "id resource status reason".
func eventsOf(next string, events ...string) answer {
	var b strings.Builder
	for _, e := range events {
		f := strings.SplitN(e, " ", 4)
		fmt.Fprintf(&b, `<member><EventId>%s</EventId><StackId>arn:lake/1</StackId><LogicalResourceId>%s</LogicalResourceId><ResourceType>AWS::X::Y</ResourceType><ResourceStatus>%s</ResourceStatus><ResourceStatusReason>%s</ResourceStatusReason><Timestamp>2026-11-24T10:00:00Z</Timestamp></member>`,
			f[0], f[1], f[2], f[3])
	}
	return answer{body: `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>` + b.String() + `</StackEvents><NextToken>` + next + `</NextToken></DescribeStackEventsResult></DescribeStackEventsResponse>`}
}

func created() answer {
	return answer{body: `<CreateStackResponse><CreateStackResult><StackId>arn:lake/1</StackId></CreateStackResult></CreateStackResponse>`}
}

func updated() answer {
	return answer{body: `<UpdateStackResponse><UpdateStackResult><StackId>arn:lake/1</StackId></UpdateStackResult></UpdateStackResponse>`}
}

func noEvents() answer { return eventsOf("") }
