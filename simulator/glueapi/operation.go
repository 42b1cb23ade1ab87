package glueapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// operation answers one call of the Glue API.
type operation func(s *Server, who *caller, body []byte) ([]byte, error)

func operations() map[string]operation {
	return map[string]operation{
		"ListJobs":        handle((*Server).listJobs),
		"GetJobs":         handle((*Server).getJobs),
		"GetJob":          handle((*Server).getJob),
		"BatchGetJobs":    handle((*Server).batchGetJobs),
		"CreateJob":       handle((*Server).createJob),
		"UpdateJob":       handle((*Server).updateJob),
		"DeleteJob":       handle((*Server).deleteJob),
		"GetTags":         handle((*Server).getTags),
		"TagResource":     handle((*Server).tagResource),
		"UntagResource":   handle((*Server).untagResource),
		"StartJobRun":     handle((*Server).startJobRun),
		"BatchStopJobRun": handle((*Server).batchStopJobRun),
		"GetJobRun":       handle((*Server).getJobRun),
		"GetJobRuns":      handle((*Server).getJobRuns),
	}
}

// handle decodes the request, checks it, and encodes the answer.
func handle[In, Out any](f func(*Server, *caller, *In) (Out, error)) operation {
	return func(s *Server, who *caller, body []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, refused(http.StatusBadRequest, "SerializationException", "the request is not what the model says: %v", err)
		}
		if c, ok := any(&in).(interface{ check(*checks) }); ok {
			var found checks
			if c.check(&found); len(found) > 0 {
				return nil, found.refusal()
			}
		}
		out, err := f(s, who, &in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}

// checks gathers what is wrong with a request.
type checks []string

func (c *checks) refusal() *refusal {
	plural := map[bool]string{true: "s"}[len(*c) > 1]
	return invalid("%d validation error%s detected: %s", len(*c), plural, strings.Join(*c, "; "))
}

func (c *checks) that(ok bool, member, constraint string) {
	if !ok {
		*c = append(*c, "Value at '"+member+"' failed to satisfy constraint: "+constraint)
	}
}

// name checks a member of the model's NameString or IdString: 1 to 255 characters, no control character but tab.
func (c *checks) name(member, value string) {
	c.that(value != "", member, "Member must have length greater than or equal to 1")
	c.that(utf8.RuneCountInString(value) <= 255, member, "Member must have length less than or equal to 255")
	for _, r := range value {
		if r < ' ' && r != '\t' {
			c.that(false, member, "Member must satisfy regular expression pattern")
			return
		}
	}
}

// upTo checks a number from 1 that may be left out.
func (c *checks) upTo(most int32, member string, value *int32) {
	if value != nil {
		c.that(*value >= 1 && *value <= most, member, fmt.Sprintf("Member must have value from 1 to %d", most))
	}
}

// oneOf checks an enumeration that may be left out.
func (c *checks) oneOf(member, value string, values ...string) {
	for _, v := range append(values, "") {
		if v == value {
			return
		}
	}
	c.that(false, member, "Member must satisfy enum value set")
}
