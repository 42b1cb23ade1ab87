package cloudformation

import (
	_ "embed"
)

//go:embed template/artifacts.yaml
var artifacts []byte

// Artifacts returns the template of the small stack that holds the bucket for the functions' code and for large templates.
// Its one required parameter is BucketName.
func Artifacts() []byte { return append([]byte(nil), artifacts...) }
