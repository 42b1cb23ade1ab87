// Package cloudwatch publishes custom metrics into CloudWatch of one account and Region.
//
// It checks everything that CloudWatch would refuse before it sends anything, because a request is refused as a whole and
// emulators refuse nearly nothing. A request whose answer was lost is sent again and may count twice: readers take the
// maximum, never the sum. It is NOT a reader of metrics, which come with the metric stream, and it does not decide what is
// published.
package cloudwatch
