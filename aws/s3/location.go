package s3

import (
	"regexp"
	"strconv"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

const scheme = "s3://"

// Location is where a store is rooted.
type Location struct {
	Bucket string
	Prefix string // slash-separated, without a slash at either end; empty: the bucket's own root
}

// ParseLocation reads s3://bucket or s3://bucket/prefix; a slash at the end is the same as none. Errors: CodeInvalid.
func ParseLocation(text string) (Location, error) {
	rest, ok := strings.CutPrefix(text, scheme)
	if !ok {
		return Location{}, badLocation(text, "it does not begin with s3://")
	}
	bucket, prefix, _ := strings.Cut(rest, "/")
	if !isBucket(bucket) {
		return Location{}, badLocation(text, "the bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens")
	}
	if prefix == "" {
		return Location{Bucket: bucket}, nil
	}
	prefix = strings.TrimSuffix(prefix, "/")
	if err := objectkey.CheckName("parse location", prefix); err != nil {
		return Location{}, err
	}
	return Location{Bucket: bucket, Prefix: prefix}, nil
}

// String returns s3://bucket or s3://bucket/prefix; ParseLocation is its inverse.
func (l Location) String() string {
	if l.Prefix == "" {
		return scheme + l.Bucket
	}
	return scheme + l.Bucket + "/" + l.Prefix
}

// root returns what stands before a store's key in the key of the bucket.
func (l Location) root() string {
	if l.Prefix == "" {
		return ""
	}
	return l.Prefix + "/"
}

// KeyOf returns the key in a store rooted here of an object whose bucket and key in that bucket are known, and reports
// whether the object lies in the store.
func (l Location) KeyOf(bucket, key string) (inside string, ok bool) {
	if bucket != l.Bucket {
		return "", false
	}
	return strings.CutPrefix(key, l.root())
}

func isBucket(name string) bool {
	ok := regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`).MatchString(name)
	address := regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`).MatchString(name)
	return ok && !address && !strings.Contains(name, "..")
}

func badLocation(text, why string) error {
	if len(text) > 80 {
		text = text[:80] + "..."
	}
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "parse location", Message: "bad location " + strconv.Quote(text) + ": " + why,
		Hint: "write it as s3://bucket/prefix",
	}
}
