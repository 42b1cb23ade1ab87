package glueapi_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// Whatever a client sends, it gets an answer in the protocol that it speaks, and no answer blames the server.
func FuzzRequests(f *testing.F) {
	fleet, err := simulator.NewFleet(simulator.Config{Jobs: 1})
	if err != nil {
		f.Fatal(err)
	}
	good := authorization("AKIA"+fleet.Accounts()[0], "eu-central-1", "glue")
	for target, body := range map[string]string{
		"AWSGlue.GetJobRuns": `{"JobName":"orders-raw-to-staged","MaxResults":3,"NextToken":"cnVuczoxL2E"}`,
		"AWSGlue.CreateJob":  created + `,"Tags":{"a":"b"},"MaxCapacity":2}`, "AWSGlue.StartJobRun": `{"JobName":"own","Arguments":{"--run_seconds":"1"}}`,
		"AWSGlue.GetTags": `{"ResourceArn":"arn:aws:glue:eu-central-1:1:job/own"}`, "": roleForm(fleet.Accounts()[0]).Encode(), "other": "{}",
	} {
		f.Add(target, body, good, "")
	}
	f.Add("AWSGlue.ListJobs", "{}", authorization("ASIA"+fleet.Accounts()[0], "eu-central-1", "glue"), "MTIz")
	f.Fuzz(func(t *testing.T, target, body, authorization, token string) {
		server, err := glueapi.New(fleet, glueapi.Config{Now: noon, From: noon().Add(-time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header["X-Amz-Target"], r.Header["Authorization"] = []string{target}, []string{authorization}
		r.Header["X-Amz-Security-Token"] = []string{token}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var failed error
		if strings.Contains(w.Header().Get("Content-Type"), "xml") {
			failed = xml.Unmarshal(w.Body.Bytes(), &struct{ XMLName xml.Name }{})
		} else if !json.Valid(w.Body.Bytes()) {
			failed = http.ErrBodyNotAllowed
		}
		if failed != nil || w.Code >= 500 {
			t.Errorf("%d %v %s", w.Code, failed, w.Body)
		}
	})
}
