package cloudformation_test

import (
	"strings"
	"testing"

	"limnograph"
	"limnograph/deploy/cloudformation"
)

func TestParametersOfTheTemplate(t *testing.T) {
	declared, err := cloudformation.Parameters(render(t, cloudformation.Options{Streams: []cloudformation.Stream{glueStream(t)}}))
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, p := range declared {
		if p.Description == "" {
			t.Errorf("%s has no description", p.Name)
		}
		if p.Required {
			required = append(required, p.Name)
		}
	}
	if got := strings.Join(required, " "); got != "BucketName CodeBucket CodeKey" {
		t.Errorf("required: %s", got)
	}
	nothing := func(string) bool { return false }
	good := map[string]string{"BucketName": "a-bucket", "CodeBucket": "code", "CodeKey": "x.zip"}
	for name, c := range map[string]struct{ key, value, want string }{
		"OK":                     {"AlarmEmail", "a@example.com", ""},
		"OKEmpty":                {"KmsKeyArn", "", ""},
		"OKFolders":              {"KeyPrefix", "lake/limno/", ""},
		"ErrNoSlash":             {"KeyPrefix", "lake", "slash at the end"},
		"ErrPattern":             {"Name", "Upper", "lower-case"},
		"ErrPatternNewline":      {"Name", "abc\n", "lower-case"},
		"ErrBucket":              {"BucketName", "dots.in.name", "no dots"},
		"ErrNumber":              {"RetentionDays", "soon", "is no number"},
		"ErrBelow":               {"BufferSeconds", "5", "is below 60"},
		"ErrAbove":               {"BufferSeconds", "901", "is above 900"},
		"ErrChoice":              {"Architecture", "mips", "arm64, x86_64"},
		"ErrUnknown":             {"Bukket", "x", "there is no parameter Bukket"},
		"ErrAliasOfKey":          {"KmsKeyArn", "alias/x", "not of an alias"},
		"OKRoles":                {"CollectRoles", "arn:aws:iam::111122223333:role/a/limno,arn:aws-cn:iam::111122223333:role/b", ""},
		"ErrRoles":               {"CollectRoles", "limno", "ARNs of roles"},
		"OKPublishNothing":       {"PublishMetrics", "none", ""},
		"ErrPublishOfTheLake":    {"PublishMetrics", "status,cost", "some of status, duration"},
		"OKArguments":            {"CollectArguments", "--dataset,layer", ""},
		"ErrRunMetricPrefix":     {"RunMetricPrefix", ":x", "beginning with a letter"},
		"ErrColdBeforeIA":        {"ColdAfterDays", "100", "use 120 or more"},
		"ErrExpiresBeforeColder": {"RetentionDays", "90", "before they move"},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{c.key: c.value}
			for k, v := range good {
				if _, set := values[k]; !set {
					values[k] = v
				}
			}
			err := cloudformation.CheckValues(declared, values, nothing)
			if c.want == "" && err == nil {
				return
			}
			if c.want == "" || err == nil || limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	if err := cloudformation.CheckValues(declared, nil, nothing); err == nil || !strings.Contains(err.Error(), "CodeKey is missing") {
		t.Errorf("nothing given: %v", err)
	}
	if err := cloudformation.CheckValues(declared, nil, func(string) bool { return true }); err != nil {
		t.Errorf("a stack that has them: %v", err)
	}
}

func TestParametersRefusesOtherTexts(t *testing.T) {
	for _, text := range []string{"", "- a\n", "Parameters: {A: [1]}\n", "Parameters:\n  A: {Type: String, AllowedPattern: '('}\n", "\t"} {
		if _, err := cloudformation.Parameters([]byte(text)); err == nil && text != "" || err != nil && limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}
