//go:build peers

package peers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"limnograph"
	"limnograph/aws/cloudformation"
	"limnograph/aws/s3"
	template "limnograph/deploy/cloudformation"
	"limnograph/peers/lambdaruntime"
	"limnograph/peers/servers"
	"limnograph/schema"
)

// guarded is a stack in a MiniStack that enforces IAM policies and records calls.
type guarded struct {
	stack
	iam   *iam.Client
	roles map[string]string // names by logical name
}

// newGuarded creates the stack of the product's own template. Only its refusal of plain HTTP is taken out: the emulator
// speaks nothing else.
func newGuarded(t *testing.T) *guarded {
	t.Helper()
	server := pool.MiniStack(t, servers.MiniStackOptions{Auth: true, CloudTrail: true})
	g := &guarded{stack: *newStack(t, server), iam: iam.NewFromConfig(patient(server.SDK(t))), roles: map[string]string{}}
	text, err := template.Render(template.Options{Streams: []template.Stream{{Schema: schema.Builtin()[0]}}, WithoutMetricStream: true})
	if err != nil {
		t.Fatal(err)
	}
	spoken := bytes.ReplaceAll(text, []byte(`aws:SecureTransport: "false"`), []byte(`aws:SecureTransport: "never"`))
	code := server.Bucket(t)
	uploads := s3.New(server.SDK(t), s3.Location{Bucket: code}, s3.Config{PathStyle: true})
	putFile(t, uploads, "lambda/limno.zip", lambdaruntime.Pack(t, lambdaruntime.Build(t)))
	if _, err := uploads.Put(t.Context(), "templates/limnograph.yaml", bytes.NewReader(spoken), limnograph.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	stacks := cloudformation.New(patient(server.SDK(t)), cloudformation.Config{})
	_, err = stacks.Deploy(t.Context(), cloudformation.Deployment{Name: g.name, TemplateURL: server.URL + "/" + code + "/templates/limnograph.yaml", Parameters: map[string]string{
		"Name": g.name, "BucketName": g.bucket, "DatabaseName": g.database(), "CodeBucket": code, "CodeKey": "lambda/limno.zip", "Architecture": "x86_64",
	}})
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(server.Log()))
	}
	resources, err := stacks.Resources(t.Context(), g.name)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resources {
		if r.Type == "AWS::IAM::Role" {
			g.roles[r.ID] = r.Physical
		}
	}
	return g
}

// patient tries calls again: the emulator drops a connection now and then.
func patient(cfg aws.Config) aws.Config {
	cfg.RetryMaxAttempts = 4
	return cfg
}

func putFile(t *testing.T, store *s3.Store, key, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := store.Put(t.Context(), key, io.Reader(f), limnograph.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (g *guarded) queueURL() string {
	return g.server.URL + "/" + g.server.AccountID + "/" + g.name + "-objects"
}

// part plays the part of one role.
type part struct {
	t        *testing.T
	g        *guarded
	role     string // logical name
	policy   string // as the stack has made it
	sessions []aws.Credentials
}

func (g *guarded) part(t *testing.T, role string) *part {
	t.Helper()
	g.stopTrigger()
	p := &part{t: t, g: g, role: role}
	p.policy = p.readPolicy()
	p.assume()
	return p
}

func (p *part) readPolicy() string {
	p.t.Helper()
	out, err := p.g.iam.GetRolePolicy(p.t.Context(), &iam.GetRolePolicyInput{RoleName: aws.String(p.g.roles[p.role]), PolicyName: aws.String("limnograph")})
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := url.QueryUnescape(aws.ToString(out.PolicyDocument))
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// assume begins a session of the role.
func (p *part) assume() {
	p.t.Helper()
	out, err := sts.NewFromConfig(patient(p.g.server.SDK(p.t))).AssumeRole(p.t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + p.g.server.AccountID + ":role/" + p.g.roles[p.role]), RoleSessionName: aws.String("test-of-" + p.role),
		ExternalId: aws.String(p.g.server.AccountID),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.sessions = append(p.sessions, aws.Credentials{
		AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken,
	})
}

func (p *part) credentials() aws.Credentials { return p.sessions[len(p.sessions)-1] }

// env is the environment of a program that acts under the role.
func (p *part) env() []string {
	c := p.credentials()
	return append(slices.Clone(p.g.env), "AWS_ACCESS_KEY_ID="+c.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+c.SecretAccessKey, "AWS_SESSION_TOKEN="+c.SessionToken, "AWS_PAGER=")
}

func (p *part) sdk() aws.Config {
	cfg := patient(p.g.server.SDK(p.t))
	c := p.credentials()
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil })
	return cfg
}

// document is an IAM policy.
type document struct {
	Version   string
	Statement []map[string]any
}

func (p *part) parsed() document {
	p.t.Helper()
	var d document
	if err := json.Unmarshal([]byte(p.policy), &d); err != nil {
		p.t.Fatalf("%v: %s", err, p.policy)
	}
	return d
}

// actions are all that the policy allows, sorted.
func (p *part) actions() (actions []string) {
	for _, s := range p.parsed().Statement {
		for _, a := range s["Action"].([]any) {
			actions = append(actions, a.(string))
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// uncheckable says why the emulator can't check the action of this role; "" when it can.
func (p *part) uncheckable(action string) string {
	kind := map[string]string{"CatalogRole": "catalog ", "CollectRole": "collect ", "GlueMetricsFirehoseRole": "firehose "}[p.role]
	if why := uncheckable()[kind+action]; why != "" {
		return why
	}
	return uncheckable()[action]
}

// without takes one action out of the policy while do runs.
func (p *part) without(action string, do func()) {
	p.t.Helper()
	d := p.parsed()
	var left []map[string]any
	for _, s := range d.Statement {
		s["Action"] = slices.DeleteFunc(s["Action"].([]any), func(a any) bool { return a == action })
		if len(s["Action"].([]any)) > 0 {
			left = append(left, s)
		}
	}
	d.Statement = left
	text, err := json.Marshal(d)
	if err != nil {
		p.t.Fatal(err)
	}
	p.writePolicy(string(text))
	defer p.writePolicy(p.policy)
	do()
}

func (p *part) writePolicy(text string) {
	p.t.Helper()
	_, err := p.g.iam.PutRolePolicy(p.t.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String(p.g.roles[p.role]), PolicyName: aws.String("limnograph"), PolicyDocument: &text,
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// reset removes what an earlier round has made: tables, definitions and objects.
func (p *part) reset() {
	p.t.Helper()
	for o, err := range p.g.store.List(p.t.Context(), "", "") {
		if err != nil {
			p.t.Fatal(err)
		}
		if err := p.g.store.Delete(p.t.Context(), o.Key); err != nil {
			p.t.Fatal(err)
		}
	}
	client, database := glue.NewFromConfig(patient(p.g.server.SDK(p.t))), aws.String(p.g.database())
	tables, err := client.GetTables(p.t.Context(), &glue.GetTablesInput{DatabaseName: database})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, table := range tables.TableList {
		if _, err := client.DeleteTable(p.t.Context(), &glue.DeleteTableInput{DatabaseName: database, Name: table.Name}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// stopTrigger switches the queue's trigger off, so that only the part that is played works.
func (g *guarded) stopTrigger() {
	g.t.Helper()
	var mappings struct {
		EventSourceMappings []struct{ UUID, State string }
	}
	g.aws(&mappings, "lambda", "list-event-source-mappings", "--function-name", g.name+"-catalog")
	for _, m := range mappings.EventSourceMappings {
		if m.State == "Enabled" {
			g.aws(nil, "lambda", "update-event-source-mapping", "--uuid", m.UUID, "--no-enabled")
		}
	}
}

// recorded lists the IAM actions of the calls that the role's sessions have made, sorted.
func (p *part) recorded() (actions []string) {
	p.t.Helper()
	var trail struct {
		Events []struct{ AccessKeyID, EventName, EventSource string } // encoding/json reads names in any case
	} //nolint:revive // as AWS writes it
	p.g.aws(&trail, "cloudtrail", "lookup-events")
	for _, e := range trail.Events {
		for _, s := range p.sessions {
			if e.AccessKeyID == s.AccessKeyID {
				service, _, _ := strings.Cut(e.EventSource, ".")
				actions = append(actions, service+":"+actionOf(e.EventName))
			}
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// actionOf is the action that IAM asks for a call of another name.
func actionOf(call string) string {
	switch call {
	case "HeadObject":
		return "GetObject"
	case "ListObjects", "ListObjectsV2":
		return "ListBucket"
	case "DeleteMessageBatch":
		return "DeleteMessage"
	case "DeleteObject": // so the emulator records that an upload is taken back
		return "AbortMultipartUpload"
	case "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload":
		return "PutObject"
	}
	return call
}

// writeLog makes a log stream and writes to it, as Lambda does under the function's role.
func (p *part) writeLog(group string) (failed []string) {
	p.t.Helper()
	name := servers.Name(p.t)
	failed = p.run("logs", "create-log-stream", "--log-group-name", group, "--log-stream-name", name)
	if len(failed) > 0 {
		return failed
	}
	return p.putLog(group, name)
}

func (p *part) putLog(group, name string) []string {
	p.t.Helper()
	return p.run("logs", "put-log-events", "--log-group-name", group, "--log-stream-name", name, "--log-events", "timestamp=1795500000000,message=x")
}

// abortUpload begins a large object and takes it back.
func (p *part) abortUpload(key string) (failed []string) {
	p.t.Helper()
	out, err := p.command("s3api", "create-multipart-upload", "--bucket", p.g.bucket, "--key", key, "--query", "UploadId", "--output", "text")
	if err != nil {
		return []string{"create-multipart-upload: " + out}
	}
	return p.run("s3api", "abort-multipart-upload", "--bucket", p.g.bucket, "--key", key, "--upload-id", strings.TrimSpace(out))
}
