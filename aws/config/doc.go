// Package config turns settings into the configuration of the AWS SDK: region, profile, endpoints, an assumed role,
// retries and a rate limit per service. It is the one place that finds credentials; the adapters beside it take what it
// gives.
//
// What the settings leave open comes from the SDK's own sources: the AWS_* variables (AWS_REGION, AWS_PROFILE,
// AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 and so on), the shared files below ~/.aws, and the role of the machine or
// function.
//
// It knows no service but STS, reads no file of the product, and decides nothing about which storage or catalogue is used.
package config
