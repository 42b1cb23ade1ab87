package e2e_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// machine is what these tests read of a state machine in the Amazon States Language.
type machine struct {
	StartAt string
	States  map[string]machineState
}

type machineState struct {
	Type       string
	Resource   string          `json:",omitempty"`
	Parameters json.RawMessage `json:",omitempty"`
	ResultPath json.RawMessage `json:",omitempty"`
	Next       string          `json:",omitempty"`
	Default    string          `json:",omitempty"`
	Choices    []machineStep   `json:",omitempty"`
	Catch      []machineStep   `json:",omitempty"`
}

type machineStep struct {
	ErrorEquals []string `json:",omitempty"`
	Next        string
}

// exits lists where a state leads to.
func (s *machineState) exits() (names []string) {
	for _, next := range []string{s.Next, s.Default} {
		if next != "" {
			names = append(names, next)
		}
	}
	for _, step := range slices.Concat(s.Choices, s.Catch) {
		names = append(names, step.Next)
	}
	return names
}

func (s *machineState) ends() bool { return s.Type == "Succeed" || s.Type == "Fail" }

// tells reports whether the state calls the collector.
func (s *machineState) tells() bool {
	return strings.HasSuffix(s.Resource, ":::lambda:invoke") || strings.HasSuffix(s.Resource, ":::http:invoke")
}

// runsJob reports whether the state runs a Glue job and waits for its end.
func (s *machineState) runsJob() bool {
	return strings.HasSuffix(s.Resource, ":::glue:startJobRun.sync")
}

func readMachine(t *testing.T, path string) machine {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m machine
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return m
}

// The state machines of deploy/stepfunctions are whole: every state is reached and leads to an end, and whether the
// collector can be reached or not makes no difference to what comes next.
func TestStateMachinesAreWhole(t *testing.T) {
	paths, err := filepath.Glob("../deploy/stepfunctions/*.asl.json")
	if err != nil || len(paths) != 3 {
		t.Fatalf("found %q: %v", paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			m := readMachine(t, path)
			reached := reachable(m, m.StartAt)
			for name, state := range m.States {
				if !reached[name] {
					t.Errorf("nothing leads to %s", name)
				}
				if !slices.ContainsFunc(slices.Collect(maps.Keys(reachable(m, name))), func(n string) bool {
					end := m.States[n]
					return end.ends()
				}) {
					t.Errorf("%s never ends", name)
				}
				for _, next := range state.exits() {
					if _, ok := m.States[next]; !ok {
						t.Errorf("%s leads to %s, which is not there", name, next)
					}
				}
				checkMachineState(t, m, name)
			}
		})
	}
}

// reachable returns the states that a state leads to, itself too.
func reachable(m machine, from string) map[string]bool {
	found := map[string]bool{}
	for todo := []string{from}; len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		if found[name] {
			continue
		}
		found[name] = true
		state := m.States[name]
		todo = append(todo, state.exits()...)
	}
	return found
}

// checkMachineState checks what a state owes the collector.
func checkMachineState(t *testing.T, m machine, name string) {
	t.Helper()
	state := m.States[name]
	if state.Type != "Task" {
		return
	}
	if len(state.Catch) != 1 || !cmp.Equal(state.Catch[0].ErrorEquals, []string{"States.ALL"}) {
		t.Fatalf("%s does not catch every error", name)
	}
	next := m.States[state.Next]
	switch {
	case state.runsJob() && !next.tells():
		t.Errorf("the collector is not told of the end of %s", name)
	case state.tells() && state.Catch[0].Next != state.Next:
		t.Errorf("a collector that is down leads from %s to %s in place of %s", name, state.Catch[0].Next, state.Next)
	case state.tells() && string(state.ResultPath) != "null":
		t.Errorf("%s changes what the states after it get", name)
	case !state.runsJob() && !state.tells():
		t.Errorf("%s is of a kind that this test does not know: %s", name, state.Resource)
	}
}

// The two chains differ in nothing but the way to the collector.
func TestStateMachinesTellAlike(t *testing.T) {
	byLambda, byHTTP := readMachine(t, "../deploy/stepfunctions/chain.asl.json"), readMachine(t, "../deploy/stepfunctions/chain-http.asl.json")
	for _, m := range []machine{byLambda, byHTTP} {
		for name, state := range m.States {
			if state.tells() {
				state.Resource, state.Parameters = "", nil
				m.States[name] = state
			}
		}
	}
	if diff := cmp.Diff(byLambda, byHTTP); diff != "" {
		t.Errorf("chain.asl.json (-) and chain-http.asl.json (+):\n%s", diff)
	}
}

// The role's policies allow what the state machines do.
func TestStateMachinePoliciesAllowTheirTasks(t *testing.T) {
	glue := []string{"glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"}
	needs := map[string][]string{
		"policy.json": append([]string{"lambda:InvokeFunction"}, glue...),
		"policy-http.json": append([]string{
			"states:InvokeHTTPEndpoint", "events:RetrieveConnectionCredentials",
			"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret",
		}, glue...),
	}
	for file, want := range needs {
		slices.Sort(want)
		if diff := cmp.Diff(want, policyActions(t, "../deploy/stepfunctions/"+file)); diff != "" {
			t.Errorf("%s allows (+) other than is needed (-):\n%s", file, diff)
		}
	}
}

// policyActions lists what a policy allows.
func policyActions(t *testing.T, path string) (actions []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var policy struct{ Statement []struct{ Action any } }
	if err := json.Unmarshal(text, &policy); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, statement := range policy.Statement {
		switch action := statement.Action.(type) {
		case string:
			actions = append(actions, action)
		case []any:
			for _, one := range action {
				actions = append(actions, one.(string))
			}
		}
	}
	slices.Sort(actions)
	return actions
}
