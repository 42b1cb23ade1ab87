package glue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/smithy-go"
)

const alreadyExists = "AlreadyExistsException"

// itemError is what the answer to a batch says about one partition.
type itemError struct{ code, message, partition string }

var _ smithy.APIError = (*itemError)(nil)

func (e *itemError) Error() string     { return e.code + ": " + e.ErrorMessage() }
func (e *itemError) ErrorCode() string { return e.code }
func (e *itemError) ErrorMessage() string {
	return fmt.Sprintf("partition %s: %s", e.partition, e.message)
}
func (e *itemError) ErrorFault() smithy.ErrorFault { return smithy.FaultUnknown }

func itemErrorOf(e types.PartitionError) *itemError {
	item := &itemError{partition: strings.Join(e.PartitionValues, "/")}
	if e.ErrorDetail != nil {
		item.code, item.message = aws.ToString(e.ErrorDetail.ErrorCode), aws.ToString(e.ErrorDetail.ErrorMessage)
	}
	return item
}

// isPassing reports whether the same partition may be taken at the next attempt. An error without a code may be anything.
func (e *itemError) isPassing() bool {
	return e.code == "" || isThrottling(e) || slices.Contains([]string{
		"InternalServiceException", "InternalServerException", "OperationTimeoutException", "ConcurrentModificationException", "ResourceNotReadyException",
	}, e.code)
}
