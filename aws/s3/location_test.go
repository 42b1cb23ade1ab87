package s3_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"limnograph"
	"limnograph/aws/s3"
)

func TestParseLocation(t *testing.T) {
	for text, want := range map[string]s3.Location{
		"s3://lake":            {Bucket: "lake"},
		"s3://lake/":           {Bucket: "lake"},
		"s3://my.lake-1/a/b=c": {Bucket: "my.lake-1", Prefix: "a/b=c"},
		"s3://lake/a b/ü/":     {Bucket: "lake", Prefix: "a b/ü"},
	} {
		got, err := s3.ParseLocation(text)
		if err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "lake", "/data", "s3:/lake", "S3://lake", "s3://", "s3:///a", "s3://la", "s3://Lake", "s3://la_ke", "s3://-lake", "s3://la..ke", "s3://10.0.0.1/a",
		"s3://lake//", "s3://lake/a//b", "s3://lake/../b", "s3://lake/a/./b", "s3://lake/a\x00", "s3://lake/\xff", "s3://user:pw@lake", "s3://lake/" + strings.Repeat("x", 1100),
		"https://lake.s3.amazonaws.com/a",
	} {
		got, err := s3.ParseLocation(text)
		if wantCode(t, err, limnograph.CodeInvalid); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func TestKeyOf(t *testing.T) {
	tests := map[string]struct {
		root        s3.Location
		bucket, key string
		want        string
		inside      bool
	}{
		"Below":          {s3.Location{Bucket: "lake", Prefix: "a/b"}, "lake", "a/b/c/d.gz", "c/d.gz", true},
		"WholeBucket":    {s3.Location{Bucket: "lake"}, "lake", "c/d.gz", "c/d.gz", true},
		"OtherBucket":    {s3.Location{Bucket: "lake"}, "lake2", "c/d.gz", "", false},
		"LongerName":     {s3.Location{Bucket: "lake", Prefix: "a/b"}, "lake", "a/bc/d.gz", "", false},
		"OtherCase":      {s3.Location{Bucket: "lake", Prefix: "a/b"}, "lake", "A/b/d.gz", "", false},
		"TheFolderAlone": {s3.Location{Bucket: "lake", Prefix: "a/b"}, "lake", "a/b", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, inside := tt.root.KeyOf(tt.bucket, tt.key); inside != tt.inside || inside && got != tt.want {
				t.Errorf("%q, %v", got, inside)
			}
		})
	}
}

func FuzzParseLocation(f *testing.F) {
	f.Add("s3://lake/a/b")
	f.Add("s3://lake")
	f.Fuzz(func(t *testing.T, text string) {
		location, err := s3.ParseLocation(text)
		if err != nil {
			return
		}
		if again, err := s3.ParseLocation(location.String()); err != nil || again != location {
			t.Errorf("%q is %+v, and that is %+v, %v", text, location, again, err)
		}
	})
}

func TestURI(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "s3://lake/a/k=%2F.gz", "p": "s3://lake/p/a/k=%2F.gz", "/p/q/": "s3://lake/p/q/a/k=%2F.gz",
	} {
		s := s3.New(aws.Config{Region: "eu-west-1"}, s3.Location{Bucket: "lake", Prefix: prefix}, s3.Config{})
		if got := s.URI("a/k=%2F.gz"); got != want {
			t.Errorf("below %q it is %s", prefix, got)
		}
	}
}

// A prefix takes its part of what S3 allows for a key.
func TestKeyWithItsPrefixIsTooLong(t *testing.T) {
	prefix := strings.Repeat("prefix/", 100)
	s := s3.New(aws.Config{Region: "eu-west-1"}, s3.Location{Bucket: "lake", Prefix: prefix}, s3.Config{})
	_, err := s.Stat(t.Context(), "a/"+strings.Repeat("part/", 70)+"k")
	wantCode(t, err, limnograph.CodeInvalid, "shorter prefix")
}
