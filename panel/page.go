package panel

import (
	"encoding/base64"
	"encoding/json"
	"sort"

	"limnograph"
)

// pageKey is the place of a job in the order of needs. A page begins after it, so that a job that moves between two
// requests is shown once too often or too rarely, but no page is lost.
type pageKey struct {
	Need    Need   `json:"n"`
	Failed  int    `json:"f,omitempty"`
	Job     string `json:"j"`
	Account string `json:"a"`
	Region  string `json:"r"`
}

func (k pageKey) token() string {
	text, _ := json.Marshal(k) // strings and a number: it can't fail
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseToken returns the zero key for the empty token.
func parseToken(token string) (k pageKey, err error) {
	if token == "" {
		return pageKey{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil || k.Job == "" {
		return pageKey{}, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "read page token", Message: "page_token is not one of this server's",
			Hint: "take next_page_token from an answer, or leave it out to begin at the start",
		}
	}
	return k, nil
}

// cut returns the jobs after the key, at most limit of them, and the token of the next page.
func cut(jobs []Job, after pageKey, limit int) ([]Job, *string) {
	if after != (pageKey{}) {
		place := Job{Need: after.Need, RunsFailed: after.Failed, JobName: after.Job, AccountID: after.Account, Region: after.Region}
		jobs = jobs[sort.Search(len(jobs), func(i int) bool { return compareJobs(jobs[i], place) > 0 }):]
	}
	if limit <= 0 || len(jobs) <= limit {
		return append([]Job{}, jobs...), nil
	}
	last := jobs[limit-1]
	token := pageKey{last.Need, last.RunsFailed, last.JobName, last.AccountID, last.Region}.token()
	return jobs[:limit], &token
}
