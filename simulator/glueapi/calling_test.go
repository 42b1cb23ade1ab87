package glueapi_test

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

func TestWhoCalls(t *testing.T) {
	c := start(t, glueapi.Config{})
	good := authorization("AKIA"+c.account, c.region, "glue")
	for name, test := range map[string]struct {
		authorization, want string
	}{
		"nobody":               {"", "MissingAuthenticationTokenException"},
		"no signature at all":  {"Bearer x", "IncompleteSignatureException"},
		"a part of the scope":  {"AWS4-HMAC-SHA256 Credential=AKIA/eu-west-1/glue, SignedHeaders=host, Signature=1", "IncompleteSignatureException"},
		"without a signature":  {strings.Split(good, ", Signature")[0], "IncompleteSignatureException"},
		"a role without token": {authorization("ASIA"+c.account, c.region, "glue"), "UnrecognizedClientException"},
	} {
		t.Run(name, func(t *testing.T) {
			if a := c.send(request("ListJobs", "{}", test.authorization)); a.status != http.StatusForbidden || a.code != test.want {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
	a := c.send(request("ListJobs", "{}", good))
	uuid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	if a.status != 200 || a.header.Get("Content-Type") != "application/x-amz-json-1.1" || !uuid.MatchString(a.header.Get("X-Amzn-Requestid")) {
		t.Errorf("%d %v", a.status, a.header)
	}
}

func TestImpossibleRequests(t *testing.T) {
	c := start(t, glueapi.Config{})
	job := c.fleet.Jobs()[0].Name
	for _, test := range []struct{ op, body, want string }{
		{"DropDatabase", `{}`, "UnknownOperationException"},
		{"ListJobs", `{"MaxResults":0}`, "InvalidInputException"},
		{"ListJobs", `{"MaxResults":1001}`, "InvalidInputException"},
		{"ListJobs", `{"NextToken":"!"}`, "InvalidInputException"},
		{"GetJobs", `{"MaxResults":-1}`, "InvalidInputException"},
		{"GetJob", `{}`, "InvalidInputException"},
		{"GetJob", `{"JobName":"` + strings.Repeat("x", 256) + `"}`, "InvalidInputException"},
		{"GetJob", `{"JobName":"a\nb"}`, "InvalidInputException"},
		{"GetJob", `{"JobName":"nobody"}`, "EntityNotFoundException"},
		{"BatchGetJobs", `{}`, "InvalidInputException"},
		{"GetJobRun", `{"JobName":"` + job + `"}`, "InvalidInputException"},
		{"GetJobRun", `{"JobName":"` + job + `","RunId":"None"}`, "EntityNotFoundException"},
		{"GetJobRuns", `{"JobName":"` + job + `","MaxResults":201}`, "InvalidInputException"},
		{"GetJobRuns", `{"JobName":"` + job + `","NextToken":"am9iczph"}`, "InvalidInputException"},
		{"GetJobRuns", `{"JobName":"nobody"}`, "EntityNotFoundException"},
		{"BatchStopJobRun", `{"JobName":"` + job + `","JobRunIds":[]}`, "InvalidInputException"},
		{"CreateJob", `{"Name":"x"}`, "InvalidInputException"},
		{"UpdateJob", `{"JobName":"` + job + `"}`, "InvalidInputException"},
		{"TagResource", `{"ResourceArn":"arn:aws:glue:a:b:job/c"}`, "InvalidInputException"},
	} {
		if a := c.try(test.op, test.body); a.status != http.StatusBadRequest || a.code != test.want {
			t.Errorf("%s %.60s: %d %s, want %s", test.op, test.body, a.status, a.text, test.want)
		}
	}
	if a := c.try("GetJob", `{"JobName":"`+strings.Repeat("x", 1<<20)+`"}`); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge request: %d", a.status)
	}
}

// Each fault comes about as often as it should, the same calls meet the same ones, and every call is counted.
func TestFaults(t *testing.T) {
	outcomes := func() (codes map[string]int, order string) {
		c := start(t, glueapi.Config{Faults: glueapi.Faults{Throttled: 0.1, Failed: 0.05}})
		codes = map[string]int{}
		for range 1000 {
			a := c.try("GetJob", `{"JobName":"`+c.fleet.Jobs()[0].Name+`"}`)
			codes[a.code]++
			order += a.code
			if want := map[string]int{"": 200, "ThrottlingException": 400, "InternalServiceException": 500}[a.code]; a.status != want {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		if n := c.server.Calls()["GetJob"]; n != 1000 {
			t.Errorf("%d calls are counted", n)
		}
		return codes, order
	}
	codes, order := outcomes()
	if n := codes["ThrottlingException"]; n < 70 || n > 130 {
		t.Errorf("%d of 1000 calls are throttled", n)
	}
	if n := codes["InternalServiceException"]; n < 30 || n > 70 {
		t.Errorf("%d of 1000 calls fail", n)
	}
	if _, again := outcomes(); again != order {
		t.Error("the same calls meet other faults")
	}
}

// A cut connection ends without an answer, as net/http's server sees to.
func TestConnectionsAreCut(t *testing.T) {
	c := start(t, glueapi.Config{Faults: glueapi.Faults{Cut: 1}})
	defer func() {
		if recover() != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
			t.Error("the handler did not abort")
		}
	}()
	c.try("ListJobs", "{}")
}

// Pages take their time, single answers do not.
func TestPagesAreSlow(t *testing.T) {
	var slept []time.Duration
	c := start(t, glueapi.Config{Faults: glueapi.Faults{SlowPages: time.Minute}, Sleep: func(_ context.Context, d time.Duration) error {
		slept = append(slept, d)
		return nil
	}})
	job := `{"JobName":"` + c.fleet.Jobs()[0].Name + `"}`
	c.try("ListJobs", "{}")
	c.try("GetJobRuns", job)
	c.try("GetJob", job)
	if len(slept) != 2 || slept[0] != time.Minute {
		t.Errorf("slept %v", slept)
	}
}

func sts(c *client, form url.Values) answer {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", authorization("test", "eu-west-1", "sts"))
	return c.send(r)
}

func roleForm(account string) url.Values {
	return url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {"arn:aws:iam::" + account + ":role/path/reader"},
		"RoleSessionName": {"limno"}, "ExternalId": {"abc"}, "DurationSeconds": {"900"},
	}
}

// A role leads into its account until its credentials expire, with the right external id alone.
func TestRoleLeadsIntoItsAccount(t *testing.T) {
	c := start(t, glueapi.Config{RequireRole: true, RoleName: "reader", ExternalID: "abc"})
	var out struct {
		Result struct {
			Credentials struct {
				AccessKeyID              string `xml:"AccessKeyId"`
				SessionToken, Expiration string
			}
			User struct{ Arn string } `xml:"AssumedRoleUser"`
		} `xml:"AssumeRoleResult"`
	}
	a := sts(c, roleForm(c.account))
	if err := xml.Unmarshal([]byte(a.text), &out); err != nil || a.status != 200 || !strings.Contains(a.header.Get("Content-Type"), "xml") {
		t.Fatalf("%d %v %s", a.status, err, a.text)
	}
	if out.Result.User.Arn != "arn:aws:sts::"+c.account+":assumed-role/reader/limno" || out.Result.Credentials.Expiration != "2026-11-25T12:15:00Z" {
		t.Errorf("%+v", out.Result)
	}
	list := func() answer {
		r := request("ListJobs", "{}", authorization(out.Result.Credentials.AccessKeyID, c.region, "glue"))
		r.Header.Set("X-Amz-Security-Token", out.Result.Credentials.SessionToken)
		return c.send(r)
	}
	if a := list(); !strings.Contains(a.text, c.fleet.Jobs()[0].Name) {
		t.Errorf("with the role: %d %s", a.status, a.text)
	}
	if a := c.try("ListJobs", "{}"); a.code != "UnrecognizedClientException" {
		t.Errorf("without the role: %d %s", a.status, a.text)
	}
	if a := c.send(request("ListJobs", "{}", authorization("test", c.region, "glue"))); a.text != `{"JobNames":[]}` {
		t.Errorf("the monitoring account: %d %s", a.status, a.text)
	}
	c.clock.pass(15 * time.Minute)
	if a := list(); a.code != "ExpiredTokenException" || a.status != 400 {
		t.Errorf("after 15 minutes: %d %s", a.status, a.text)
	}
	if n := c.server.Calls()["AssumeRole"]; n != 1 {
		t.Errorf("%d calls of AssumeRole", n)
	}
}

func TestImpossibleRoles(t *testing.T) {
	c := start(t, glueapi.Config{RoleName: "reader", ExternalID: "abc"})
	for name, test := range map[string]struct {
		member, value, want string
	}{
		"another external id": {"ExternalId", "abd", "AccessDenied"},
		"no external id":      {"ExternalId", "", "AccessDenied"},
		"another role":        {"RoleArn", "arn:aws:iam::" + c.account + ":role/admin", "AccessDenied"},
		"an unknown account":  {"RoleArn", "arn:aws:iam::000000000000:role/reader", "AccessDenied"},
		"no role":             {"RoleArn", "reader", "ValidationError"},
		"a bad session name":  {"RoleSessionName", "a b", "ValidationError"},
		"no session name":     {"RoleSessionName", "", "ValidationError"},
		"a short session":     {"DurationSeconds", "60", "ValidationError"},
		"another action":      {"Action", "DecodeAuthorizationMessage", "InvalidAction"},
	} {
		t.Run(name, func(t *testing.T) {
			form := roleForm(c.account)
			form.Set(test.member, test.value)
			var out struct{ Error struct{ Type, Code string } }
			a := sts(c, form)
			if err := xml.Unmarshal([]byte(a.text), &out); err != nil || a.status < 400 || out.Error.Code != test.want || out.Error.Type != "Sender" {
				t.Errorf("%d %v %s", a.status, err, a.text)
			}
		})
	}
}

func TestCallerIsTold(t *testing.T) {
	c := start(t, glueapi.Config{})
	a := sts(c, url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}})
	if hub := c.fleet.HubAccount(); a.status != 200 || !strings.Contains(a.text, "<Account>"+hub+"</Account>") {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestImpossibleServers(t *testing.T) {
	f, err := simulator.NewFleet(simulator.Config{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []glueapi.Config{
		{Faults: glueapi.Faults{Throttled: 2}},
		{Faults: glueapi.Faults{Cut: -1}},
		{EndState: "RUNNING"},
		{RunSeconds: -1},
		{Faults: glueapi.Faults{SlowPages: -1}},
	} {
		if _, err := glueapi.New(f, cfg); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}
