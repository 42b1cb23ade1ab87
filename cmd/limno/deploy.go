package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/aws/cloudformation"
	"limnograph/aws/config"
	"limnograph/aws/s3"
	template "limnograph/deploy/cloudformation"
)

// deployFlags are the flags of `limno deploy`.
type deployFlags struct {
	name, bucket, artifacts string
	lambda, arch            string
	kmsKey, email           string
	parameters, tags        []string
	takeOver                bool
}

func newDeployCommand() *cobra.Command {
	var f deployFlags
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Create or update Limnograph in an AWS account",
		Long: "Uploads the functions' code, then creates the CloudFormation stack or changes the one that stands, and waits for the\n" +
			"end. Parameters that are not given keep the value that the stack has. `limno cfn plan` says beforehand what there\n" +
			"will be, what it may do and what it costs.",
		Example: "  limno deploy --region eu-west-1 --alarm-email team@example.com\n" +
			"  limno deploy --name lake --bucket example-lake --tag owner=data --parameter RetentionDays=400",
		Args: cobra.NoArgs,
	}
	f.define(cmd)
	target, options := addAWSFlags(cmd), addTemplateFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d, err := newDeployment(cmd, f, target, options)
		if err != nil {
			return err
		}
		return d.run(cmd.Context())
	}
	return cmd
}

func (f *deployFlags) define(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "limnograph", "name of the stack; begins the names of its resources")
	cmd.Flags().StringVar(&f.bucket, "bucket", "", "bucket for the data (default <name>-<account>-<Region>)")
	cmd.Flags().StringVar(&f.artifacts, "artifact-bucket", "", "bucket for the functions' code, made if missing (default <name>-artifacts-<account>-<Region>)")
	cmd.Flags().StringVar(&f.lambda, "lambda", "", "limno-lambda, as the program or as its zip (default limno-lambda-<architecture>.zip beside limno)")
	cmd.Flags().StringVar(&f.arch, "architecture", "", "arm64 or x86_64 (default: what --lambda was built for, else arm64)")
	cmd.Flags().StringVar(&f.kmsKey, "kms-key", "", "ARN of the key that encrypts the data (default: keys of S3)")
	cmd.Flags().StringVar(&f.email, "alarm-email", "", "address that gets the alarms")
	cmd.Flags().StringArrayVarP(&f.parameters, "parameter", "P", nil, "Name=Value of a parameter of the template (repeat)")
	cmd.Flags().StringArrayVar(&f.tags, "tag", nil, "Name=Value, for the stack and all its resources (repeat)")
	cmd.Flags().BoolVar(&f.takeOver, "take-over", false, "use the bucket and the database that a removed stack has left")
}

// deployment is one run of `limno deploy`.
type deployment struct {
	cmd      *cobra.Command
	flags    deployFlags
	target   *awsFlags
	options  template.Options
	files    []definitionFile
	given    map[string]string // parameters of the command line
	tags     map[string]string // nil: as they are
	clients  config.Clients
	stacks   *cloudformation.Stacks
	account  string
	standing cloudformation.Stack // zero: there is none yet
}

func newDeployment(cmd *cobra.Command, f deployFlags, target *awsFlags, flags *templateFlags) (*deployment, error) {
	d := &deployment{cmd: cmd, flags: f, target: target}
	var err error
	if d.options, d.files, err = flags.options(); err != nil {
		return nil, err
	}
	if d.given, err = assignments("--parameter", f.parameters); err != nil {
		return nil, err
	}
	if err := refuseOwn(d.given); err != nil {
		return nil, err
	}
	if d.tags, err = assignments("--tag", f.tags); err != nil {
		return nil, err
	}
	if len(f.tags) == 0 {
		d.tags = nil
	}
	for flag, p := range map[string]struct{ name, value string }{
		"kms-key": {"KmsKeyArn", f.kmsKey}, "alarm-email": {"AlarmEmail", f.email}, "bucket": {"BucketName", f.bucket},
	} {
		if cmd.Flags().Changed(flag) {
			d.given[p.name] = p.value
		}
	}
	return d, nil
}

// assignments reads Name=Value of a flag that may be repeated.
func assignments(flag string, values []string) (map[string]string, error) {
	out := map[string]string{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("%s %q: write Name=Value", flag, v)}
		}
		out[name] = value
	}
	return out, nil
}

// refuseOwn refuses parameters that limno sets by itself.
func refuseOwn(given map[string]string) error {
	for name, flag := range map[string]string{"CodeKey": "--lambda", "CodeBucket": "--artifact-bucket", "Architecture": "--lambda"} {
		if _, set := given[name]; set {
			return usageError{fmt.Errorf("--parameter %s: limno sets it by itself; use %s", name, flag)}
		}
	}
	return nil
}

func (d *deployment) run(ctx context.Context) error {
	code, err := findCode(d.flags.lambda, d.flags.arch)
	if err != nil {
		return err
	}
	if err := d.connect(ctx); err != nil {
		return err
	}
	text, err := template.Render(d.options)
	if err != nil {
		return err
	}
	declared, err := template.Parameters(text)
	if err != nil {
		return err
	}
	values, err := d.values(ctx, code)
	if err != nil {
		return err
	}
	has := func(name string) bool { _, ok := d.standing.Parameters[name]; return ok }
	if err := template.CheckValues(declared, values, has); err != nil {
		return err
	}
	if err := d.upload(ctx, values["CodeBucket"], values["CodeKey"], code.zip); err != nil {
		return err
	}
	return d.apply(ctx, text, declared, values)
}

// connect finds out which account this is, and whether the stack stands already.
func (d *deployment) connect(ctx context.Context) (err error) {
	if d.clients, err = d.target.load(ctx); err != nil {
		return err
	}
	if d.account, err = d.clients.AccountID(ctx); err != nil {
		return err
	}
	d.stacks = newStacks(d.clients, d.cmd.ErrOrStderr())
	d.standing, err = d.stacks.Stack(ctx, d.flags.name)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		d.say("creating stack %s in %s of account %s", d.flags.name, d.clients.Region(), d.account)
		return nil
	}
	if err == nil {
		d.say("updating stack %s in %s of account %s", d.flags.name, d.clients.Region(), d.account)
	}
	return err
}

func (d *deployment) say(format string, args ...any) {
	fmt.Fprintf(d.cmd.ErrOrStderr(), format+"\n", args...)
}

// values are the parameters that this deployment sets; those of a standing stack stay as they are.
func (d *deployment) values(ctx context.Context, code functionCode) (map[string]string, error) {
	values := map[string]string{
		"CodeBucket": d.artifactBucket(), "CodeKey": code.key(), "Architecture": code.arch,
	}
	if d.standing.ID == "" {
		values["Name"] = d.flags.name
		values["BucketName"] = strings.Join([]string{d.flags.name, d.account, d.clients.Region()}, "-")
	}
	for name, value := range d.given {
		values[name] = value
	}
	if was := d.standing.Parameters["BucketName"]; was != "" && d.given["BucketName"] != "" && was != d.given["BucketName"] {
		return nil, &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "deploy stack", Message: fmt.Sprintf("the data of stack %s is in bucket %s, not in %s", d.flags.name, was, d.given["BucketName"]),
			Hint: "a stack keeps its bucket: leave out --bucket, or deploy another stack with another --name",
		}
	}
	return values, d.takeOver(ctx, values)
}

func (d *deployment) artifactBucket() string {
	if d.flags.artifacts != "" {
		return d.flags.artifacts
	}
	if was := d.standing.Parameters["CodeBucket"]; was != "" {
		return was
	}
	return strings.Join([]string{d.flags.name, "artifacts", d.account, d.clients.Region()}, "-")
}

// apply creates or changes the stack. Schema definitions go to the bucket as soon as there is one, before the streams of a
// change begin.
func (d *deployment) apply(ctx context.Context, text []byte, declared []template.Parameter, values map[string]string) error {
	stack := cloudformation.Deployment{Name: d.flags.name, Template: text, Parameters: values, Tags: d.tags}
	for _, p := range declared {
		stack.Declared = append(stack.Declared, p.Name)
	}
	var err error
	if stack.TemplateURL, err = d.templateURL(ctx, values["CodeBucket"], text); err != nil {
		return err
	}
	if d.standing.ID != "" {
		if err := d.uploadDefinitions(ctx, d.standing); err != nil {
			return err
		}
	}
	outcome, err := d.stacks.Deploy(ctx, stack)
	if err != nil {
		return d.advise(err)
	}
	done, err := d.stacks.Stack(ctx, d.flags.name)
	if err != nil {
		return err
	}
	if err := d.uploadDefinitions(ctx, done); err != nil {
		return err
	}
	return d.report(outcome, done)
}

// advise adds what limno itself can do about a stack that could not be created.
func (d *deployment) advise(err error) error {
	var e *limnograph.Error
	if !errors.As(err, &e) || d.standing.ID != "" && d.standing.Status != "ROLLBACK_COMPLETE" {
		return err
	}
	advised := *e
	if strings.Contains(e.Message, "ROLLBACK_COMPLETE") {
		advised.Hint += "; `limno undeploy --name " + d.flags.name + "` removes it"
	}
	if strings.Contains(e.Message, "already exists") {
		advised.Hint += "; deploy with --take-over to use what a removed stack has left"
	}
	return &advised
}

// uploadDefinitions puts the given schema definitions where the functions read them.
func (d *deployment) uploadDefinitions(ctx context.Context, stack cloudformation.Stack) error {
	if len(d.files) == 0 {
		return nil
	}
	loc := s3.Location{Bucket: stack.Parameters["BucketName"], Prefix: strings.TrimSuffix(stack.Parameters["KeyPrefix"], "/")}
	store := d.target.store(d.clients, loc)
	for _, f := range d.files {
		key := "schemas/" + f.schema.Table + ".yaml"
		if _, err := store.Put(ctx, key, strings.NewReader(string(f.text)), limnograph.PutOptions{}); err != nil {
			return err
		}
		d.say("uploaded %s", store.URI(key))
	}
	return nil
}
