package glue_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"limnograph/aws/glue"
)

const database = "limno"

// object is a JSON object of the protocol.
type object = map[string]any

// fake answers as Glue does, in memory, and fails as real servers don't on demand.
type fake struct {
	*httptest.Server
	// before decides what happens to a call instead; nil: nothing. It is called with the action's name.
	before func(action string, in object) *fault

	mu         sync.Mutex
	calls      []string // actions in order
	databases  map[string]bool
	tables     map[string]object   // as GetTable returns them
	partitions map[string][]object // by table
}

// fault is how a call ends.
type fault struct {
	apply  bool   // do it all the same
	code   string // error of the API; empty: the connection is cut
	status int    // of HTTP; 0: 400
	body   string // an answer of another form
	out    object // an answer of success
}

func newFake(t testing.TB) *fake {
	f := &fake{databases: map[string]bool{database: true}, tables: make(map[string]object), partitions: make(map[string][]object)}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// catalog returns the product's catalogue on the fake. The SDK tries each call three times, without waiting.
func (f *fake) catalog(configure ...func(*glue.Config)) *glue.Catalog {
	cfg := glue.Config{Database: database, Root: "s3://bucket/prefix", Pause: func(context.Context, int) error { return nil }}
	for _, c := range configure {
		c(&cfg)
	}
	return glue.New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &f.URL, HTTPClient: f.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = 12 // one of many writers may be the unlucky one again and again
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
				o.RateLimiter = noLimit{}
			})
		},
	}, cfg)
}

type noLimit struct{}

func (noLimit) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (noLimit) AddTokens(uint) error { return nil }

// writes lists the calls that changed something, or tried to.
func (f *fake) writes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []string
	for _, action := range f.calls {
		if !strings.HasPrefix(action, "Get") && action != "BatchGetPartition" {
			list = append(list, action)
		}
	}
	return list
}

func (f *fake) forgetCalls() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

// table returns what is stored under a name.
func (f *fake) table(name string) object {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tables[name]
}

// edit changes a stored table as a person would, without a new version.
func (f *fake) edit(name string, change func(t object)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tables[name]
	if t == nil {
		t = object{"Name": name, "DatabaseName": database, "VersionId": "1"}
		f.tables[name] = t
	}
	change(t)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in object
	if err := json.Unmarshal(body, &in); err != nil {
		f.refuse(w, 400, "SerializationException")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, action)
	var trouble *fault
	if f.before != nil {
		trouble = f.before(action, in)
	}
	switch {
	case trouble == nil:
		out, code := f.answer(action, in)
		f.reply(w, out, code)
	default:
		if trouble.apply {
			f.answer(action, in)
		}
		f.fail(w, trouble)
	}
}

func (f *fake) fail(w http.ResponseWriter, trouble *fault) {
	switch {
	case trouble.out != nil:
		f.reply(w, trouble.out, "")
	case trouble.body != "":
		w.WriteHeader(trouble.status)
		io.WriteString(w, trouble.body)
	case trouble.code == "":
		panic(http.ErrAbortHandler)
	default:
		f.refuse(w, max(trouble.status, 400), trouble.code)
	}
}

func (f *fake) reply(w http.ResponseWriter, out object, code string) {
	if code != "" {
		f.refuse(w, 400, code)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(out)
}

func (f *fake) refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(object{"__type": code, "Message": "because"})
}

func (f *fake) answer(action string, in object) (out object, code string) {
	switch action {
	case "GetDatabase":
		if !f.databases[in["Name"].(string)] {
			return nil, "EntityNotFoundException"
		}
		return object{"Database": object{"Name": in["Name"]}}, ""
	case "CreateDatabase":
		name := in["DatabaseInput"].(object)["Name"].(string)
		if f.databases[name] {
			return nil, "AlreadyExistsException"
		}
		f.databases[name] = true
		return object{}, ""
	}
	if !f.databases[in["DatabaseName"].(string)] {
		return nil, "EntityNotFoundException"
	}
	switch action {
	case "GetTable", "GetTables", "CreateTable", "UpdateTable":
		return f.tableAnswer(action, in)
	}
	return f.partitionAnswer(action, in)
}

func (f *fake) tableAnswer(action string, in object) (out object, code string) {
	switch action {
	case "GetTables":
		names := slices.Sorted(maps.Keys(f.tables))
		first, last, next := page(in, len(names), 2)
		var list []object
		for _, name := range names[first:last] {
			list = append(list, f.tables[name])
		}
		return object{"TableList": list, "NextToken": next}, ""
	case "GetTable":
		t := f.tables[in["Name"].(string)]
		if t == nil {
			return nil, "EntityNotFoundException"
		}
		return object{"Table": t}, ""
	}
	input := in["TableInput"].(object)
	name := input["Name"].(string)
	old := f.tables[name]
	version := 1
	switch {
	case action == "CreateTable" && old != nil:
		return nil, "AlreadyExistsException"
	case action == "UpdateTable" && old == nil:
		return nil, "EntityNotFoundException"
	case action == "UpdateTable":
		if in["VersionId"] != old["VersionId"] || in["SkipArchive"] != true {
			return nil, "ConcurrentModificationException"
		}
		version, _ = strconv.Atoi(old["VersionId"].(string))
		version++
	}
	input["VersionId"], input["DatabaseName"] = strconv.Itoa(version), in["DatabaseName"]
	f.tables[name] = input
	return object{}, ""
}

func (f *fake) partitionAnswer(action string, in object) (out object, code string) {
	name := in["TableName"].(string)
	if f.tables[name] == nil {
		return nil, "EntityNotFoundException"
	}
	switch action {
	case "GetPartitions":
		first, last, next := page(in, len(f.partitions[name]), 60)
		return object{"Partitions": f.partitions[name][first:last], "NextToken": next}, ""
	case "BatchGetPartition":
		var found []object
		for _, one := range in["PartitionsToGet"].([]any) {
			if p := f.partition(name, one.(object)["Values"]); p != nil {
				found = append(found, p)
			}
		}
		return object{"Partitions": found}, ""
	}
	var errs []object
	list := in["PartitionInputList"].([]any)
	if len(list) > 100 {
		return nil, "InvalidInputException"
	}
	for _, one := range list {
		p := one.(object)
		if f.partition(name, p["Values"]) != nil {
			errs = append(errs, itemError(p["Values"], "AlreadyExistsException"))
			continue
		}
		f.partitions[name] = append(f.partitions[name], p)
	}
	return object{"Errors": errs}, ""
}

func itemError(values any, code string) object {
	return object{"PartitionValues": values, "ErrorDetail": object{"ErrorCode": code, "ErrorMessage": "because"}}
}

func (f *fake) partition(table string, values any) object {
	for _, p := range f.partitions[table] {
		if key(p["Values"]) == key(values) {
			return p
		}
	}
	return nil
}

func key(values any) string {
	text, _ := json.Marshal(values)
	return string(text)
}

// page cuts a list by the token of the last answer.
func page(in object, length, size int) (first, last int, next any) {
	token, _ := in["NextToken"].(string)
	first, _ = strconv.Atoi(token)
	last = min(first+size, length)
	if last < length {
		next = strconv.Itoa(last)
	}
	return first, last, next
}
