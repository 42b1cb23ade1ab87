package cloudformation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph/deploy/cloudformation"
)

const (
	tableBegin = "<!-- permissions: begin -->\n"
	tableEnd   = "<!-- permissions: end -->"
)

// The table in the documentation is that of the template.
func TestPermissionsTableIsTheTemplates(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "aws", "permissions.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has lost the marks of its table", path)
	}
	want := before + tableBegin + permissionsTable(cloudformation.Options{Streams: []cloudformation.Stream{glueStream(t)}}) + tableEnd + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s (-template +file; write it anew with -update):\n%s", path, diff)
	}
}

func permissionsTable(o cloudformation.Options) string {
	var b strings.Builder
	for _, r := range cloudformation.Roles(o) {
		fmt.Fprintf(&b, "\n### %s\n\nRole `%s`, taken on by `%s`%s.\n\n| may | actions | on | why |\n| --- | --- | --- | --- |\n",
			strings.ToUpper(r.Title[:1])+r.Title[1:], r.ID, r.Service, map[bool]string{true: "; only while `CollectRuns` is true"}[r.When != ""])
		for _, s := range r.Statements {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.May, ticked(s.Actions), where(s), s.Why)
		}
	}
	return b.String() + "\n"
}

func where(s cloudformation.Statement) string {
	text := ticked(s.Resources)
	for _, c := range s.Conditions {
		text += fmt.Sprintf("<br>if `%s` is %s", c.Key, ticked(c.Values))
	}
	switch s.When {
	case "HasKey":
		text += "<br>only with a key of your own"
	case "HasCollectRoles":
		text += "<br>only with `CollectRoles`"
	}
	return strings.NewReplacer("${AWS::Partition}", "aws", "${AWS::Region}", "REGION", "${AWS::AccountId}", "ACCOUNT", "${AWS::URLSuffix}", "amazonaws.com").Replace(text)
}

func ticked(texts []string) string { return "`" + strings.Join(texts, "`<br>`") + "`" }
