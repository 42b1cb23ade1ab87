package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// installed returns the path of a file below the directory where .ci/tools installs.
func installed(group string, elements ...string) (string, error) {
	cache := os.Getenv("CI_CACHE")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(home, ".cache", "limno-ci")
	}
	path := filepath.Join(append([]string{cache}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is not installed: run `.ci/tools %s`", path, group)
	}
	return path, nil
}

// Program returns the path of a program that `.ci/tools GROUP` installs, such as aws (group ministack) and cfn-lint
// (group aws). A missing one fails the test.
func Program(t testing.TB, group, name string) string {
	t.Helper()
	path, err := installed(group, "bin", name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
