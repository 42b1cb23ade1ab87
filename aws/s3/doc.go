// Package s3 is the object store in an Amazon S3 bucket, or in a server that speaks S3, rooted at a prefix.
//
// A write is seen whole or not at all, also one in parts, and IfAbsent is a condition that the server checks. A write whose
// answer was lost is looked up, not guessed: each object carries a random mark of its writer in its metadata
// (limno-write), so that a retry which meets its own object counts as done.
//
// Parts of a write that failed are aborted; those of a process that died stay until the bucket's lifecycle removes them
// (AbortIncompleteMultipartUpload), and are never listed as objects. Directory buckets are refused: they do not list in the
// order of the key.
//
// It creates no bucket, sets no policy or lifecycle, finds no credentials (aws/config) and caches nothing (objectcache).
package s3
