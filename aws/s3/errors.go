package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"limnograph"
)

// Error codes of S3 that mean more than their status.
const (
	codeNoSuchKey    = "NoSuchKey"
	codeNoSuchBucket = "NoSuchBucket"
	codeNoSuchUpload = "NoSuchUpload"
	codeConflict     = "ConditionalRequestConflict" // another conditional write to the key is under way
	codeAborted      = "OperationAborted"
)

var (
	errTaken         = errors.New("the key is taken")
	errUnknownWriter = errors.New("the key is taken, and it could not be found out by whom")
	errOdd           = errors.New("the answer leaves out what S3 always says")
	errTooLarge      = errors.New("more than 10,000 parts")
)

// call is what was asked for.
type call struct {
	op     string // of the contract
	action string // that IAM wants for it
	key    string // empty: the bucket
	noBody bool   // an error is told by its status alone
}

// wrap turns an error of the SDK into one of the product, and keeps one that is one already.
func (s *Store) wrap(ctx context.Context, c call, err error) error {
	var known *limnograph.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case ctx.Err() != nil:
		return ended(c.op, ctx.Err())
	}
	e := &limnograph.Error{Op: c.op, Message: s.URI(c.key), Err: err}
	e.Code, e.Hint = s.classify(c, err)
	return e
}

// ended reports a call whose context is over; errors.Is finds the context's own error.
func ended(op string, err error) error {
	return &limnograph.Error{Code: limnograph.CodeTimeout, Op: op, Err: err}
}

// classify returns the code of an error and what to do about it.
func (s *Store) classify(c call, err error) (limnograph.Code, string) {
	var own *bodyError
	switch {
	case errors.As(err, &own):
		return limnograph.CodeInternal, ""
	case errors.Is(err, errTooLarge):
		return limnograph.CodeTooLarge, "use larger parts"
	case errors.Is(err, errTaken):
		return limnograph.CodeExists, ""
	case errors.Is(err, errUnordered):
		return limnograph.CodeInvalid, "use a general purpose bucket; directory buckets and some servers do not list as a store needs it"
	case errors.Is(err, errUnknownWriter):
		return limnograph.CodeUnavailable, s.allow("GetObject", c.key)
	}
	if code, hint := s.byCode(codeOf(err)); code != "" {
		return code, hint
	}
	return s.byStatus(c, err)
}

// byCode knows the error codes that their status says too little about.
func (s *Store) byCode(code string) (limnograph.Code, string) {
	switch {
	case code == codeNoSuchBucket:
		return limnograph.CodeConflict, "create the bucket " + s.location.Bucket + ", or correct its name"
	case code == codeConflict, code == codeAborted, code == codeNoSuchUpload, code == "RequestTimeout":
		return limnograph.CodeUnavailable, "another call was in the way: try again"
	case code == "InvalidObjectState":
		return limnograph.CodeConflict, "the object is archived: restore it first"
	case code == "EntityTooLarge":
		return limnograph.CodeTooLarge, ""
	case strings.HasPrefix(code, "KMS."):
		return limnograph.CodeInvalid, "the KMS key must be enabled and in the Region of the bucket"
	case slices.Contains(badRegion(), code):
		return limnograph.CodeInvalid, "set the Region, or the endpoint, to that of the bucket " + s.location.Bucket
	case slices.Contains(badCredentials(), code):
		return limnograph.CodeUnauthorized, "renew the credentials; check the clock of this machine"
	}
	return "", ""
}

func badRegion() []string {
	return []string{"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "IncorrectEndpoint"}
}

func badCredentials() []string {
	return []string{
		"ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "TokenRefreshRequired",
		"XAdminUserNotFound", // versitygw's, with status 404
	}
}

// isMissing tells a 404 of a missing object from one of something that is no store, which must not pass for the same.
func isMissing(c call, code string) bool {
	return code == codeNoSuchKey || c.noBody && code == "NotFound"
}

// isOdd reports whether an answer could be read and says what no S3 would say.
func isOdd(err error) bool {
	var escape url.EscapeError
	return errors.Is(err, errStands) || errors.Is(err, errOdd) || errors.As(err, &escape)
}

func (s *Store) byStatus(c call, err error) (limnograph.Code, string) {
	switch status := statusOf(err); {
	case status == http.StatusNotFound && isMissing(c, codeOf(err)):
		return limnograph.CodeNotFound, ""
	case status == http.StatusPreconditionFailed:
		return limnograph.CodeExists, ""
	case status == http.StatusForbidden:
		return limnograph.CodeForbidden, s.allow(c.action, c.key)
	case status == http.StatusUnauthorized:
		return limnograph.CodeUnauthorized, "renew the credentials"
	case status == http.StatusTooManyRequests, status >= 500:
		return limnograph.CodeUnavailable, "S3 is busy or asked too often: try again later"
	case status >= 300 && status < 400:
		return limnograph.CodeInvalid, "set the Region, or the endpoint, to that of the bucket " + s.location.Bucket
	case status == http.StatusNotFound, status > 0 && status < 300, isOdd(err):
		return limnograph.CodeUnavailable, "the answer is none of S3: check the endpoint"
	case status >= 400:
		return limnograph.CodeInvalid, ""
	}
	return limnograph.CodeUnavailable, "S3 does not answer: check the network and the endpoint"
}

// allow says what a policy must hold. S3 tells a missing object from a forbidden one only to those who may list.
func (s *Store) allow(action, key string) string {
	bucket := "arn:" + partition(s.region) + ":s3:::" + s.location.Bucket
	if action == "ListBucket" {
		return "allow s3:ListBucket on " + bucket
	}
	hint := fmt.Sprintf("allow s3:%s on %s/%s", action, bucket, s.full(key))
	switch action {
	case "GetObject":
		hint += " and s3:ListBucket on " + bucket + ", and kms:Decrypt on the key if the bucket is encrypted with one"
	case "PutObject":
		hint += ", and kms:GenerateDataKey and kms:Decrypt on the key if the bucket is encrypted with one"
	}
	return hint
}

// partition returns the part of AWS that a Region belongs to, as ARNs name it.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// codeOf returns the server's error code, or "".
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// statusOf returns the status of the answer, or 0 when there was none.
func statusOf(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		return answer.HTTPStatusCode()
	}
	return 0
}
