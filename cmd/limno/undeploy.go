package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"limnograph"
	"limnograph/aws/cloudformation"
	"limnograph/aws/config"
	"limnograph/aws/s3"
	template "limnograph/deploy/cloudformation"
)

func newUndeployCommand() *cobra.Command {
	var u undeployment
	cmd := &cobra.Command{
		Use:   "undeploy",
		Short: "Remove Limnograph from an AWS account; the data stays unless asked otherwise",
		Long: "Removes the CloudFormation stack. Bucket and database stay, with everything in them, and a later\n" +
			"`limno deploy --take-over` uses them again. With --delete-data they go too, for good.",
		Example: "  limno undeploy\n  limno undeploy --delete-data --confirm limnograph-111122223333-eu-west-1",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&u.name, "name", "limnograph", "name of the stack")
	cmd.Flags().BoolVar(&u.deleteData, "delete-data", false, "delete the bucket with all its objects, and the database, for good")
	cmd.Flags().StringVar(&u.confirm, "confirm", "", "name of the bucket that --delete-data deletes")
	target := addAWSFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		clients, err := target.load(cmd.Context())
		if err != nil {
			return err
		}
		u.target, u.clients, u.out, u.log = target, clients, cmd.OutOrStdout(), cmd.ErrOrStderr()
		u.stacks = newStacks(clients, u.log)
		return u.run(cmd.Context())
	}
	return cmd
}

// undeployment is one run of `limno undeploy`.
type undeployment struct {
	name, confirm string
	deleteData    bool
	target        *awsFlags
	clients       config.Clients
	stacks        *cloudformation.Stacks
	out, log      io.Writer
}

func (u *undeployment) run(ctx context.Context) error {
	stack, err := u.stacks.Stack(ctx, u.name)
	if err != nil {
		return err
	}
	if u.deleteData {
		if err := u.retire(ctx, stack); err != nil {
			return err
		}
	}
	kept, err := u.remove(ctx, stack)
	if err != nil {
		return err
	}
	fmt.Fprintf(u.out, "stack %s is removed\n", u.name)
	u.tellKept(stack, kept)
	return nil
}

// retire changes the stack so that nothing comes in any more and its removal takes bucket and database with it.
func (u *undeployment) retire(ctx context.Context, stack cloudformation.Stack) error {
	bucket := stack.Parameters["BucketName"]
	if u.confirm != bucket {
		return usageError{fmt.Errorf("--delete-data deletes bucket %s with all its objects and database %s with all its tables, for good: say --confirm %s",
			bucket, stack.Parameters["DatabaseName"], bucket)}
	}
	if neverStood(stack) || strings.HasPrefix(stack.Status, "DELETE") {
		return nil // nothing leads back from there: it can only be removed
	}
	text, err := template.Render(template.Options{DeleteData: true, Version: version})
	if err != nil {
		return err
	}
	declared, err := template.Parameters(text)
	if err != nil {
		return err
	}
	change := cloudformation.Deployment{Name: u.name, Template: text}
	for _, p := range declared {
		change.Declared = append(change.Declared, p.Name)
	}
	_, err = u.stacks.Deploy(ctx, change)
	return err
}

// removals bounds how often the bucket is emptied: Firehose may still write what it had collected.
const removals = 3

// remove removes the stack; with --delete-data the bucket is emptied first, as S3 wants it.
func (u *undeployment) remove(ctx context.Context, stack cloudformation.Stack) (kept []cloudformation.Resource, err error) {
	for range removals {
		if u.deleteData {
			if err := u.empty(ctx, stack); err != nil {
				return nil, err
			}
		}
		kept, err = u.stacks.Delete(ctx, u.name)
		if err == nil || !u.deleteData || limnograph.ErrorCode(err) != limnograph.CodeConflict {
			return kept, err
		}
	}
	return nil, err
}

// empty deletes every object of the bucket; of one that was taken over only what is below the stack's folder.
func (u *undeployment) empty(ctx context.Context, stack cloudformation.Stack) error {
	loc := s3.Location{Bucket: stack.Parameters["BucketName"]}
	if stack.Parameters["CreateBucket"] == "false" {
		loc.Prefix = strings.TrimSuffix(stack.Parameters["KeyPrefix"], "/")
	}
	store := u.target.store(u.clients, loc)
	n := 0
	for o, err := range store.List(ctx, "", "") {
		if limnograph.ErrorCode(err) == limnograph.CodeConflict {
			return nil // the bucket is gone already
		}
		if err != nil {
			return err
		}
		if err := store.Delete(ctx, o.Key); err != nil {
			return err
		}
		n++
	}
	fmt.Fprintf(u.log, "deleted %d objects of %s\n", n, loc)
	return nil
}

// tellKept says what still stands and how it goes.
func (u *undeployment) tellKept(stack cloudformation.Stack, kept []cloudformation.Resource) {
	bucket, database := stack.Parameters["BucketName"], stack.Parameters["DatabaseName"]
	if u.keeps(stack, "CreateBucket") {
		fmt.Fprintf(u.out, "  bucket %s stays; remove it with: aws s3 rb --force s3://%s\n", bucket, bucket)
	}
	if u.keeps(stack, "CreateDatabase") {
		fmt.Fprintf(u.out, "  database %s stays; remove it with: aws glue delete-database --name %s\n", database, database)
	}
	if code := stack.Parameters["CodeBucket"]; code != "" {
		fmt.Fprintf(u.out, "  bucket %s with the functions' code stays, and the stack %s-artifacts if limno made it\n", code, u.name)
	}
	for _, r := range kept {
		if r.Type != "AWS::S3::Bucket" && r.Type != "AWS::Glue::Database" && r.Type != "AWS::S3::BucketPolicy" {
			fmt.Fprintf(u.out, "  %s %s stays\n", r.Type, r.Physical)
		}
	}
	if !u.deleteData && u.keeps(stack, "CreateBucket") {
		fmt.Fprintf(u.out, "  `limno deploy --take-over --name %s` uses them again\n", u.name)
	}
}

// keeps reports whether bucket or database outlives the stack: unless they go with it, or were never made, or were not the
// stack's.
func (u *undeployment) keeps(stack cloudformation.Stack, created string) bool {
	if stack.Parameters[created] == "false" {
		return true
	}
	return !u.deleteData && !neverStood(stack)
}

// neverStood reports whether the creation of the stack failed: CloudFormation has taken back what it had made.
func neverStood(stack cloudformation.Stack) bool {
	return strings.HasPrefix(stack.Status, "ROLLBACK") || stack.Status == "CREATE_FAILED"
}
