package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this test binary as limno.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"limno": main})
}

// TestScripts runs the command line as a person would; each file under testdata/script is one story.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_DATA_HOME", env.WorkDir+"/share")
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/etc")
			return os.MkdirAll(env.WorkDir+"/share", 0o700)
		},
	})
}
