// Package sqs is the message queue in Amazon SQS.
//
// It hides what SQS asks of its callers: batches of ten and of so many bytes, polls of 20 seconds, whole seconds, and batches
// of which a part has failed. Delivery stays at least once and in any order.
//
// It creates no queue, knows no format of a message (aws/lambdaevent), starts no redrive of dead letters, and finds no
// credentials (aws/config).
package sqs
