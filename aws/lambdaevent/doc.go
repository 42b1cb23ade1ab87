// Package lambdaevent reads what AWS sends when an object appears in S3, and answers a Lambda trigger of SQS message by
// message.
//
// A notification comes in several wrappings: as S3 writes it, as EventBridge writes it, either of them inside an SNS
// envelope, and all of those as the body of an SQS message. Decode knows them by their shape; nobody configures which
// one is used.
//
// It talks to no service, and does NOT know which objects the product wants: that is for cataloging to say.
package lambdaevent
