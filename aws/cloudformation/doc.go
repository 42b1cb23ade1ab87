// Package cloudformation creates, changes, describes and removes stacks through AWS CloudFormation, one at a time: it
// starts the work, tells what happens meanwhile, waits for the end, and says in words why a stack failed.
//
// It knows no template: what a stack of Limnograph holds is written by deploy/cloudformation, and what goes into its
// bucket is the business of aws/s3.
package cloudformation
