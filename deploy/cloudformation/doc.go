// Package cloudformation writes the CloudFormation template of Limnograph on AWS, and plans what a stack of it holds,
// may do and costs. One template is one Region of one account: a bucket, a queue, two functions, a database, a
// workgroup, alarms, and a delivery stream with its metric stream for every schema definition.
//
// It only writes text and figures: it talks to no AWS service, reads no file and knows no credentials. Creating a stack
// is the business of aws/cloudformation.
package cloudformation
